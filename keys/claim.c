#include "keys/claim.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"

#define FILE_NAME_MAX 255
#define CHUNK 65536

bool claim_name_valid(struct bytes name)
{
    if (name.len == 0 || name.len > FILE_NAME_MAX || !utf8_valid(name))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < 0x20 || name.ptr[i] == 0x7f || name.ptr[i] == '/')
            return false;
    }
    return true;
}

struct bytes claim_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return bytes_of(slash == NULL ? path : slash + 1);
}

void claim_print(const struct claim *c, struct buf *out)
{
    buf_text(out, "avow/file/v1\n");
    hex_encode((struct bytes){ c->hash.b, HASH_LEN }, out);
    buf_text(out, "\n");
    buf_add(out, c->name);
    buf_text(out, "\n");
}

enum status claim_parse(struct bytes text, struct claim *out)
{
    struct reader r = reader_of(text);
    struct bytes head = reader_line(&r), hex = reader_line(&r), name = reader_line(&r);
    struct claim c = { .name = name };

    if (r.bad || r.len != 0 || !bytes_eq(head, BYTES_LIT("avow/file/v1")) ||
        hex_decode(hex, c.hash.b, HASH_LEN) != STATUS_OK || !claim_name_valid(name))
        return STATUS_MALFORMED;
    *out = c;
    return STATUS_OK;
}

static enum status hash_all(int fd, uint64_t size, struct hasher *h)
{
    uint8_t chunk[CHUNK];
    uint64_t done = 0;
    ssize_t got;

    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return STATUS_IO;
        hasher_add(h, (struct bytes){ chunk, (size_t)got });
        done += (uint64_t)got;
        if (size > 64 * CHUNK) /* less is done before a bar could be seen */
            say_progress("hashing", done < size ? done : size, size);
    }
    return STATUS_OK;
}

enum status claim_hash_file(const char *path, struct hash *out)
{
    struct hasher *h = NULL;
    struct stat info;
    int fd;
    enum status st = file_open(path, &fd);

    if (st != STATUS_OK) {
        say_error("%s: %s", path, file_why(st));
        return STATUS_IO;
    }
    st = hasher_new(&h);
    if (st == STATUS_OK && fstat(fd, &info) == 0)
        st = hash_all(fd, S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0, h);
    else if (st == STATUS_OK)
        st = STATUS_IO;
    if (st == STATUS_OK)
        *out = hasher_end(h);
    else
        say_error("%s: %s", path, file_why(st));
    hasher_free(h);
    file_close(fd);
    return st;
}
