/* figures.c: named numbers on stdout. */
#include "bench/figures.h"

#include "base/check.h"

#include <stdio.h>

void figures_put(struct figures *figures, const char *name, double value, int digits) {
    check(figures->count < FIGURES_MAX);
    figures->list[figures->count++] = (struct figure){name, value, digits};
}

static void print_json(const struct figures *figures) {
    printf("{\"bench\":\"%s\"", figures->title);
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *figure = &figures->list[i];
        printf(",\"%s\":%.*f", figure->name, figure->digits, figure->value);
    }
    printf("}\n");
}

static void print_label(const char *name) {
    int width = 0;
    for (; name[width] != '\0'; width++) {
        putchar(name[width] == '_' ? ' ' : name[width]);
    }
    for (; width < 34; width++) {
        putchar(' ');
    }
}

void figures_print(const struct figures *figures, bool json) {
    if (json) {
        print_json(figures);
    } else {
        printf("%s\n", figures->title);
        for (size_t i = 0; i < figures->count; i++) {
            const struct figure *figure = &figures->list[i];
            printf("  ");
            print_label(figure->name);
            printf("%16.*f\n", figure->digits, figure->value);
        }
    }
    fflush(stdout);
}
