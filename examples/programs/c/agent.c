/* An agent in C: frames from standard input, answers to standard output. It likes the middle of the board. */

#include "msgpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is(Bytes text, const char *word) {
    size_t size = text.end - text.at;
    return size == strlen(word) && memcmp(text.at, word, size) == 0;
}

/* The legal action nearest to the middle; the mask has one byte for each action. */
static int64_t choose(const uint8_t *mask, int64_t actions) {
    int64_t best = -1, nearest = INT64_MAX;
    for (int64_t action = 0; action < actions; action++) {
        int64_t distance = llabs(2 * action + 1 - actions);
        if (mask[action] && distance < nearest) best = action, nearest = distance;
    }
    return best;
}

static void write_actions(Buffer *answer, Bytes masks) {
    Bytes shape = find(masks, "shape"), data = find(masks, "data");
    read_list(&shape);
    int64_t rows = read_number(&shape), actions = read_number(&shape);
    Bytes mask = read_text(&data);
    write_text(answer, "actions");
    write_list(answer, rows);
    for (int64_t row = 0; row < rows; row++) write_number(answer, choose(mask.at + row * actions, actions));
}

static void answer_to(Bytes request, Buffer *answer) {
    Bytes place = find(request, "type"), type = read_text(&place);
    if (is(type, "load")) {
        write_map(answer, 1);
        write_text(answer, "type");
        write_text(answer, "loaded");
        return;
    }
    int acts = is(type, "act");
    Bytes call = find(request, "call");
    write_map(answer, acts ? 3 : 2);
    write_text(answer, "type");
    write_text(answer, acts ? "acted" : is(type, "begin") ? "begun" : "ended");
    write_text(answer, "call");
    write_number(answer, read_number(&call));
    if (acts) write_actions(answer, find(request, "masks"));
}

int main(void) {
    uint8_t header[4];
    Buffer answer = {0};
    while (fread(header, 1, 4, stdin) == 4) {
        size_t size = header[0] | header[1] << 8 | header[2] << 16 | (size_t)header[3] << 24;
        uint8_t *body = malloc(size);
        if (body == NULL || fread(body, 1, size, stdin) != size) return 1;
        answer.size = 0;
        answer_to((Bytes){body, body + size}, &answer);
        uint8_t length[4] = {answer.size, answer.size >> 8, answer.size >> 16, answer.size >> 24};
        fwrite(length, 1, 4, stdout);
        fwrite(answer.start, 1, answer.size, stdout);
        fflush(stdout);
        free(body);
    }
    return 0;
}
