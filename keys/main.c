#include "base/say.h"
#include "keys/keys.h"
#include "sign/key.h"

static const struct command commands[] = {
    { "new", cmd_new, "FILE",
      "make a key: the secret one in FILE, the verifier key printed",
      "The verifier key is public: it is what others register and check signatures "
      "with.\n"
      "The passphrase is asked for twice on the terminal, unless an option says "
      "otherwise.",
      0 },
    { "show", cmd_show, "FILE", "tell what key is in a key file", NULL, 0 },
    { "prove", cmd_prove, "FILE", "prove, to one log, that this key is held",
      "Prints the fields \"key\" and \"proof\" of a record that states the key.", 0 },
    { "passwd", cmd_passwd, "FILE", "change the passphrase of a key file", NULL, 0 },
    { "sign", cmd_sign, "FILE", "sign a file: a detached signature",
      "What is signed is the SHA-256 of FILE and its name, as a signed note.", 0 },
    { "verify", cmd_verify, "FILE", "verify a detached signature of a file",
      "Exit code 0: it is by that key, for these bytes and this name; 1: it is not.", 0 },
    { 0 },
};

static void version(FILE *out)
{
    fprintf(out, "avow-keys %s\n", AVOW_VERSION);
}

static const struct program program = {
    .name = "avow-keys",
    .summary = "makes, shows and re-encrypts the keys that organizations, logs and "
               "cosigners sign with; signs and verifies files; needs no network",
    .commands = commands,
    .version = version,
};

int main(int argc, char **argv)
{
    if (sign_init() != STATUS_OK) {
        say_init(program.name, SAY_INFO);
        say_error("no source of randomness");
        return status_exit_code(STATUS_IO);
    }
    return args_main(&program, argc, argv);
}
