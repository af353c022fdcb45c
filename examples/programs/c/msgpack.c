#include "msgpack.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

static void fail(const char *why) {
    fprintf(stderr, "msgpack: %s\n", why);
    exit(1);
}

static const uint8_t *take(Bytes *from, size_t size) {
    if ((size_t)(from->end - from->at) < size) fail("a value that ends too early");
    from->at += size;
    return from->at - size;
}

static uint64_t take_number(Bytes *from, size_t size) {
    const uint8_t *bytes = take(from, size);
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) number = number << 8 | bytes[i];
    return number;
}

int64_t read_number(Bytes *from) {
    uint8_t kind = *take(from, 1);
    if (kind < 0x80) return kind;
    if (kind >= 0xe0) return (int8_t)kind;
    switch (kind) {
        case 0xcc: return take_number(from, 1);
        case 0xcd: return take_number(from, 2);
        case 0xce: return take_number(from, 4);
        case 0xcf: return take_number(from, 8);
        case 0xd0: return (int8_t)take_number(from, 1);
        case 0xd1: return (int16_t)take_number(from, 2);
        case 0xd2: return (int32_t)take_number(from, 4);
        case 0xd3: return take_number(from, 8);
    }
    fail("no number where one belongs");
    return 0;
}

Bytes read_text(Bytes *from) {
    uint8_t kind = *take(from, 1);
    size_t size = 0;
    if (kind >= 0xa0 && kind < 0xc0) size = kind & 31;
    else if (kind == 0xc4 || kind == 0xd9) size = take_number(from, 1);
    else if (kind == 0xc5 || kind == 0xda) size = take_number(from, 2);
    else if (kind == 0xc6 || kind == 0xdb) size = take_number(from, 4);
    else fail("no text where one belongs");
    const uint8_t *start = take(from, size);
    return (Bytes){start, start + size};
}

size_t read_list(Bytes *from) {
    uint8_t kind = *take(from, 1);
    if (kind >= 0x90 && kind < 0xa0) return kind & 15;
    if (kind == 0xdc) return take_number(from, 2);
    if (kind == 0xdd) return take_number(from, 4);
    fail("no list where one belongs");
    return 0;
}

size_t read_map(Bytes *from) {
    uint8_t kind = *take(from, 1);
    if (kind >= 0x80 && kind < 0x90) return kind & 15;
    if (kind == 0xde) return take_number(from, 2);
    if (kind == 0xdf) return take_number(from, 4);
    fail("no map where one belongs");
    return 0;
}

void skip(Bytes *from) {
    uint8_t kind = *from->at;
    size_t count = 0;
    if (kind >= 0x80 && kind < 0x90) count = 2 * read_map(from);
    else if (kind == 0xde || kind == 0xdf) count = 2 * read_map(from);
    else if ((kind >= 0x90 && kind < 0xa0) || kind == 0xdc || kind == 0xdd) count = read_list(from);
    else if (kind == 0xc0 || kind == 0xc2 || kind == 0xc3) take(from, 1);
    else if (kind == 0xca) take(from, 5);
    else if (kind == 0xcb) take(from, 9);
    else if ((kind >= 0xa0 && kind < 0xc0) || (kind >= 0xc4 && kind <= 0xc6) || (kind >= 0xd9 && kind <= 0xdb)) read_text(from);
    else read_number(from);
    while (count--) skip(from);
}

Bytes find(Bytes map, const char *key) {
    size_t pairs = read_map(&map);
    while (pairs--) {
        Bytes name = read_text(&map);
        size_t size = name.end - name.at;
        if (size == strlen(key) && memcmp(name.at, key, size) == 0) return map;
        skip(&map);
    }
    fail("a key is missing");
    return map;
}

static void add(Buffer *to, const void *bytes, size_t size) {
    if (to->size + size > to->room) {
        to->room = 2 * (to->size + size);
        to->start = realloc(to->start, to->room);
        if (to->start == NULL) fail("out of memory");
    }
    memcpy(to->start + to->size, bytes, size);
    to->size += size;
}

void write_number(Buffer *to, int64_t number) {
    uint8_t bytes[9] = {0xd3};
    for (int i = 0; i < 8; i++) bytes[1 + i] = (uint64_t)number >> (56 - 8 * i);
    add(to, bytes, sizeof bytes);
}

void write_text(Buffer *to, const char *text) {
    uint8_t head[2] = {0xd9, strlen(text)};
    add(to, head, sizeof head);
    add(to, text, strlen(text));
}

void write_list(Buffer *to, uint32_t length) {
    uint8_t head[5] = {0xdd, length >> 24, length >> 16, length >> 8, length};
    add(to, head, sizeof head);
}

void write_map(Buffer *to, uint8_t pairs) {
    uint8_t head = 0x80 | pairs;
    add(to, &head, 1);
}
