/* As much msgpack as the wire protocol needs: https://github.com/msgpack/msgpack/blob/master/spec.md */

#include <stddef.h>
#include <stdint.h>

typedef struct { const uint8_t *at, *end; } Bytes;            /* what is left to read */
typedef struct { uint8_t *start; size_t size, room; } Buffer; /* what was written */

/* Reading. A value that is not what it should be ends the program. */
int64_t read_number(Bytes *from);
Bytes read_text(Bytes *from); /* of a text or of raw bytes */
size_t read_list(Bytes *from);
size_t read_map(Bytes *from);
void skip(Bytes *from);
Bytes find(Bytes map, const char *key); /* the value of a key */

/* Writing. */
void write_number(Buffer *to, int64_t number);
void write_text(Buffer *to, const char *text);
void write_list(Buffer *to, uint32_t length);
void write_map(Buffer *to, uint8_t pairs);
