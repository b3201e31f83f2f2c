/* dialog_program.c: the program build/dialog. */
#include "sim/dialog.h"

int main(int argc, char **argv) {
    return dialog_main(argc, argv);
}
