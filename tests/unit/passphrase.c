#include "unit/test.h"

#include <pty.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/file.h"
#include "sign/passphrase.h"
#include "sign/passphrase_form.h"
#include "sign/sign_internal.h"

static const char *write_file(const char *name, const char *content)
{
    const char *path = scratch_path(name);

    assert_status(file_replace(path, bytes_of(content), 0600), STATUS_OK);
    return path;
}

static void expect(struct passphrase_source src, enum status st, const char *text)
{
    struct secret_text s = { NULL, 0 };

    src.no_terminal = true;
    assert_status(passphrase_get(&src, PASSPHRASE_CHOOSE, "passphrase", &s), st);
    if (st == STATUS_OK) {
        assert_bytes_eq(((struct bytes){ (uint8_t *)s.ptr, s.len }), text);
        assert_int_equal(s.ptr[s.len], '\0');
    } else {
        assert_null(s.ptr);
    }
    secret_text_free(&s);
}

TEST(a_file_gives_its_first_line)
{
    struct passphrase_source src = { 0 };
    char text[PASSPHRASE_MAX + 2] = { 0 };

    src.file = write_file("one", "correct horse \nsecond line\n");
    expect(src, STATUS_OK, "correct horse ");
    src.file = write_file("two", "no line end");
    expect(src, STATUS_OK, "no line end");
    src.file = write_file("three", "of another system\r\n");
    expect(src, STATUS_OK, "of another system");
    src.file = write_file("four", "\nx\n");
    expect(src, STATUS_USAGE, NULL);
    src.file = write_file("five", "");
    expect(src, STATUS_USAGE, NULL);
    memset(text, 'x', PASSPHRASE_MAX);
    src.file = write_file("six", text);
    expect(src, STATUS_OK, text);
    text[PASSPHRASE_MAX] = 'x';
    src.file = write_file("seven", text);
    expect(src, STATUS_USAGE, NULL);
    src.file = scratch_path("missing");
    expect(src, STATUS_IO, NULL);
}

TEST(the_environment_comes_after_the_options)
{
    struct passphrase_source src = { 0 };

    expect(src, STATUS_USAGE, NULL); /* there is none anywhere */
    setenv("AVOW_PASSPHRASE", "ambient", 1);
    expect(src, STATUS_OK, "ambient");
    setenv("AVOW_PASSPHRASE_FILE", write_file("ambient", "ambient file\n"), 1);
    expect(src, STATUS_OK, "ambient file");
    setenv("OTHER", "other", 1);
    src.env = "OTHER";
    expect(src, STATUS_OK, "other");
    src.env = "NO_SUCH_VARIABLE";
    expect(src, STATUS_USAGE, NULL);
    src.env = NULL;
    src.file = write_file("file", "file");
    expect(src, STATUS_OK, "file");
    src.env = "OTHER";
    expect(src, STATUS_USAGE, NULL); /* two at once */
    src = (struct passphrase_source){ .no_environment = true };
    expect(src, STATUS_USAGE, NULL);
    unsetenv("AVOW_PASSPHRASE");
    unsetenv("AVOW_PASSPHRASE_FILE");
}

TEST(none_is_none)
{
    struct passphrase_source src = { .none = true };
    struct secret_text s = { (char *)&src, 1 };

    assert_status(passphrase_get(&src, PASSPHRASE_CHOOSE, "passphrase", &s), STATUS_OK);
    assert_null(s.ptr);
    src.env = "OTHER";
    assert_status(passphrase_source_check(&src), STATUS_USAGE);
}

/* On a terminal of its own: what comes of typing `keys`. Each '>' in it waits for a
 * prompt. `shown` is all that the terminal showed. */
static enum status type(const char *keys, enum passphrase_use use, const char *expected,
                        struct buf *shown)
{
    struct passphrase_source src = { 0 };
    int tty, status;
    pid_t child = forkpty(&tty, NULL, NULL, NULL);
    char c;

    assert_true(child >= 0);
    if (child == 0) {
        struct secret_text s = { NULL, 0 };
        enum status st = passphrase_get(&src, use, "passphrase", &s);
        struct termios after;

        tcgetattr(0, &after);
        if ((after.c_lflag & (ECHO | ICANON | ISIG)) != (ECHO | ICANON | ISIG))
            _exit(100); /* left without echo */
        if (st == STATUS_OK && strcmp(s.ptr, expected) != 0)
            _exit(101);
        _exit((int)st);
    }
    for (; *keys != '\0'; keys++) {
        if (*keys != '>') {
            assert_int_equal(write(tty, keys, 1), 1);
            continue;
        }
        do {
            assert_int_equal(read(tty, &c, 1), 1);
            buf_u8(shown, (uint8_t)c);
        } while (c != ':');
    }
    while (read(tty, &c, 1) == 1)
        buf_u8(shown, (uint8_t)c);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(tty);
    assert_true(WIFEXITED(status));
    return (enum status)WEXITSTATUS(status);
}

#define NFC "caf\xc3\xa9"
#define NFD "cafe\xcc\x81"
#define MARK "\xef\xbb\xbf"

TEST(a_choice_is_normalized)
{
    struct passphrase_source src = { 0 };

    src.file = write_file("nfd", NFD "\n");
    expect(src, STATUS_OK, NFC);
    src.file = write_file("mark", MARK "geheim\r\n");
    expect(src, STATUS_OK, "geheim");
    src.file = write_file("latin", "caf\xe9\n"); /* stays what it is */
    expect(src, STATUS_OK, "caf\xe9");
}

/* Sealed with one spelling as an earlier program would have, opened with another. */
static enum status opens(const char *sealed, const char *given)
{
    struct keyfile_cost cheap = { crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                  crypto_pwhash_argon2id_MEMLIMIT_MIN };
    struct passphrase_source src = { .no_terminal = true };
    struct secret_text s;
    struct secret_key *k, *again = NULL;
    struct buf text = { 0 };
    enum status st;

    assert_status(secret_text_new(&s), STATUS_OK);
    s.len = strlen(sealed);
    memcpy(s.ptr, sealed, s.len + 1);
    assert_status(secret_key_generate(BYTES_LIT("a"), KEY_ED25519, &k), STATUS_OK);
    assert_status(keyfile_seal_at(k, &s, cheap, &text), STATUS_OK);
    src.file = write_file("given", given);
    st = keyfile_load(write_file("sealed", buf_str(&text)), &src, &again);
    secret_key_free(again);
    secret_key_free(k);
    secret_text_free(&s);
    keyfile_text_clear(&text);
    return st;
}

TEST(a_key_opens_with_each_spelling_of_its_passphrase)
{
    static const char *const spellings[] = { NFC, NFD, MARK NFC, MARK NFD };

    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 4; k++)
            assert_status(opens(spellings[i], spellings[k]), STATUS_OK);
    }
    assert_status(opens(MARK NFC, MARK NFC), STATUS_OK); /* of an earlier program */
    assert_status(opens("caf\xe9", "caf\xe9"), STATUS_OK);
    assert_status(opens(NFC, "cafe"), STATUS_BAD_PASSPHRASE);
    assert_status(opens("caf\xe9", NFC), STATUS_BAD_PASSPHRASE);
}

static bool weak(const char *text)
{
    struct secret_text s = { (char *)(uintptr_t)text, strlen(text) };

    return passphrase_form_weak(&s);
}

TEST(a_weak_one_is_known)
{
    assert_true(weak("x"));
    assert_true(weak("seven77"));
    assert_true(weak("aaaaaaaaaaaa"));
    assert_true(weak("\xc3\xa9\xc3\xa8\xc3\xa0\xc3\xb9")); /* four characters */
    assert_false(weak("correct horse"));
}

TEST(a_terminal_is_asked_without_echo)
{
    struct buf shown = { 0 };

    assert_status(type(">geheim\n", PASSPHRASE_OPEN, "geheim", &shown), STATUS_OK);
    assert_buf_eq(&shown, "passphrase: \r\n");
    buf_reset(&shown);
    assert_status(
        type(">ganz geheim\r>ganz geheim\r", PASSPHRASE_CHOOSE, "ganz geheim", &shown),
        STATUS_OK);
    assert_buf_eq(&shown, "passphrase: \r\nagain, passphrase: \r\n");
    buf_clear(&shown);
}

TEST(typing_can_be_corrected)
{
    struct buf shown = { 0 };

    assert_status(
        type(">wrong\x15geh\xc3\xa9\x7f\x08heim\n", PASSPHRASE_OPEN, "geheim", &shown),
        STATUS_OK);
    assert_status(type(">\x7f\x7fx\n", PASSPHRASE_OPEN, "x", &shown), STATUS_OK);
    buf_clear(&shown);
}

TEST(a_choice_must_be_repeated_and_not_be_empty)
{
    struct buf shown = { 0 };

    assert_status(type(">one\n>two\n", PASSPHRASE_CHOOSE, "", &shown), STATUS_USAGE);
    assert_non_null(strstr(buf_str(&shown), "the two passphrases differ"));
    assert_status(type(">one\n>onetwo\n", PASSPHRASE_CHOOSE, "", &shown), STATUS_USAGE);
    assert_status(type(">\n", PASSPHRASE_CHOOSE, "", &shown), STATUS_USAGE);
    buf_clear(&shown);
}

TEST(an_interrupt_leaves_the_terminal_as_it_was)
{
    struct buf shown = { 0 };

    assert_status(type(">geh\x03", PASSPHRASE_OPEN, "", &shown), STATUS_USAGE);
    assert_status(type(">\x04", PASSPHRASE_OPEN, "", &shown), STATUS_USAGE);
    assert_null(strstr(buf_str(&shown), "geh"));
    buf_clear(&shown);
}

TEST(a_key_file_is_loaded)
{
    struct passphrase_source src = { .no_terminal = true };
    struct secret_key *k, *again;
    struct buf text = { 0 };
    const char *path = scratch_path("key");

    assert_status(secret_key_generate(BYTES_LIT("a"), KEY_ED25519, &k), STATUS_OK);
    assert_status(keyfile_seal(k, NULL, &text), STATUS_OK);
    assert_status(file_create(path, buf_bytes(&text), 0600), STATUS_OK);
    assert_status(keyfile_load(path, &src, &again), STATUS_OK);
    assert_memory_equal(secret_key_public(again), secret_key_public(k),
                        sizeof(struct verifier_key));
    secret_key_free(again);
    assert_status(keyfile_load(scratch_path("missing"), &src, &again), STATUS_IO);
    assert_status(keyfile_load(write_file("no key", "text\n"), &src, &again),
                  STATUS_MALFORMED);
    keyfile_text_clear(&text);
    secret_key_free(k);
}

TEST(a_key_file_may_have_passed_through_an_editor)
{
    struct passphrase_source src = { .no_terminal = true };
    struct secret_key *k, *again;
    struct buf text = { 0 }, other = { 0 };

    assert_status(secret_key_generate(BYTES_LIT("a"), KEY_ED25519, &k), STATUS_OK);
    assert_status(keyfile_seal(k, NULL, &text), STATUS_OK);
    buf_text(&other, MARK);
    for (size_t i = 0; i + 1 < text.len; i++) { /* no newline at the end */
        if (text.ptr[i] == '\n')
            buf_text(&other, "\r");
        buf_u8(&other, text.ptr[i]);
    }
    assert_status(keyfile_load(write_file("edited", buf_str(&other)), &src, &again),
                  STATUS_OK);
    secret_key_free(again);
    secret_key_free(k);
    keyfile_text_clear(&text);
    keyfile_text_clear(&other);
}

TEST(an_unlocked_key_that_others_may_use_is_refused)
{
    static const struct {
        mode_t mode;
        enum status st;
    } modes[] = { { 0600, STATUS_OK }, { 0400, STATUS_OK }, { 0640, STATUS_OK },
                  { 0666, STATUS_IO }, { 0644, STATUS_IO }, { 0620, STATUS_IO } };
    struct passphrase_source src = { .no_terminal = true };
    struct secret_key *k, *again;
    struct buf text = { 0 };
    const char *path;

    assert_status(secret_key_generate(BYTES_LIT("a"), KEY_ED25519, &k), STATUS_OK);
    assert_status(keyfile_seal(k, NULL, &text), STATUS_OK);
    path = write_file("modes", buf_str(&text));
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        again = NULL;
        assert_int_equal(chmod(path, modes[i].mode), 0);
        assert_status(keyfile_load(path, &src, &again), modes[i].st);
        secret_key_free(again);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_status(keyfile_load(path, &src, &again), STATUS_IO); /* at once */
    secret_key_free(k);
    keyfile_text_clear(&text);
}

static int set_up(void **state)
{
    (void)state;
    unsetenv("AVOW_PASSPHRASE");
    unsetenv("AVOW_PASSPHRASE_FILE");
    return sign_init() == STATUS_OK ? 0 : -1;
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_file_gives_its_first_line),
    TEST_OF(the_environment_comes_after_the_options),
    TEST_OF(none_is_none),
    TEST_OF(a_choice_is_normalized),
    TEST_OF(a_key_opens_with_each_spelling_of_its_passphrase),
    TEST_OF(a_weak_one_is_known),
    TEST_OF(a_terminal_is_asked_without_echo),
    TEST_OF(typing_can_be_corrected),
    TEST_OF(a_choice_must_be_repeated_and_not_be_empty),
    TEST_OF(an_interrupt_leaves_the_terminal_as_it_was),
    TEST_OF(a_key_file_is_loaded),
    TEST_OF(a_key_file_may_have_passed_through_an_editor),
    TEST_OF(an_unlocked_key_that_others_may_use_is_refused),
};

TEST_MAIN_WITH(tests, set_up)
