/* crc.c: CRC32C by tables. table[k][b] is the sum of byte b with k zero bytes behind it, so that
 * eight bytes are folded with eight look-ups that do not wait for each other. */
#include "store/crc.h"

#define CRC_POLYNOMIAL UINT32_C(0x82f63b78) /* 0x1edc6f41, its bits reversed */

void crc_init(struct crc *crc) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t sum = byte;
        for (int bit = 0; bit < 8; bit++) {
            sum = (sum & 1) != 0 ? (sum >> 1) ^ CRC_POLYNOMIAL : sum >> 1;
        }
        crc->table[0][byte] = sum;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int k = 1; k < 8; k++) {
            uint32_t before = crc->table[k - 1][byte];
            crc->table[k][byte] = (before >> 8) ^ crc->table[0][before & 255];
        }
    }
}

uint32_t crc_number(const struct crc *crc, uint32_t sum, uint64_t number) {
    number ^= sum;
    return crc->table[7][number & 255] ^ crc->table[6][number >> 8 & 255] ^
           crc->table[5][number >> 16 & 255] ^ crc->table[4][number >> 24 & 255] ^
           crc->table[3][number >> 32 & 255] ^ crc->table[2][number >> 40 & 255] ^
           crc->table[1][number >> 48 & 255] ^ crc->table[0][number >> 56];
}

static uint64_t eight_bytes(const char *at) {
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return number;
}

uint32_t crc_bytes(const struct crc *crc, uint32_t sum, struct slice bytes) {
    size_t done = 0;
    for (; bytes.size - done >= 8; done += 8)
        sum = crc_number(crc, sum, eight_bytes(bytes.at + done));
    for (; done < bytes.size; done++)
        sum = (sum >> 8) ^ crc->table[0][(sum ^ (unsigned char)bytes.at[done]) & 255];
    return sum;
}

uint32_t crc_slice(const struct crc *crc, uint32_t sum, struct slice bytes) {
    return crc_bytes(crc, crc_number(crc, sum, bytes.size), bytes);
}
