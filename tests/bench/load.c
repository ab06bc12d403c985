/* tests/bench/load.c: publishes signed statements over the link, many at once, and tells
 * how fast they are accepted.
 *
 *   load [-f FIRST] [-n COUNT] [-c CONTEXTS] [-w WINDOW] [-r RATE] [-t TIMES] [-k VKEY]
 *        URL FILE
 *
 * FILE holds parcels (bench.h): COUNT (all) from the FIRST (0) on are sent, each once. At
 * most WINDOW (1) of one author are in flight: contexts may overtake each other, and one
 * that was overtaken by a later statement of its key is refused. RATE: so many a second
 * are begun, and latency counts from when one was due; without it, as many as go with
 * CONTEXTS (64) in flight. TIMES: a file in which, for each entry index, the time of its
 * receipt is left (u64, monotonic ns), for watch. VKEY: a file with the log's verifier
 * key, by which every 64th receipt is verified. One JSON object on stdout; exit code 1
 * when one was refused.
 */
#include <fcntl.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "link/message.h"
#include "tests/bench/bench.h"
#include "tlog/proof.h"

#define CONTEXTS_MAX 1024
#define SAMPLE_EVERY 64
#define BUSY_WAIT_NS 5000000u
#define NONE UINT32_MAX

struct item {
    struct parcel parcel;
    uint32_t next; /* that waits for the same author, or for its turn */
    uint64_t due_ns;
};

struct queue {
    uint32_t first, last;
};

struct author {
    struct queue waiting;
    uint32_t in_flight;
};

struct sample {
    uint32_t item;
    uint64_t index;
    struct buf receipt;
};

struct slot {
    struct load *load;
    nng_ctx ctx;
    nng_aio *aio;
    bool receiving, idle;
    uint32_t item;
};

struct load {
    struct item *items;
    uint32_t n_items;
    struct author *authors;
    uint64_t window, rate;
    uint64_t *times;
    size_t n_times;
    struct sample *samples;
    struct slot slots[CONTEXTS_MAX];
    size_t n_slots;

    pthread_mutex_t lock; /* all below, and items and authors once it has begun */
    uint32_t cursor;      /* the first item not looked at */
    struct queue ready, busy;
    uint64_t begun, done, accepted, known, refused, busy_answers;
    uint64_t start_ns, end_ns, busy_until_ns, largest;
    uint64_t n_samples;
    struct histogram latency;
};

static void enqueue(struct load *l, struct queue *q, uint32_t i)
{
    l->items[i].next = NONE;
    if (q->first == NONE)
        q->first = i;
    else
        l->items[q->last].next = i;
    q->last = i;
}

static uint32_t dequeue(struct load *l, struct queue *q)
{
    uint32_t i = q->first;

    if (i != NONE)
        q->first = l->items[i].next;
    return i;
}

/* Under the lock: the next item whose author has room for one more. */
static uint32_t next_item(struct load *l)
{
    uint32_t i = dequeue(l, &l->ready);

    while (i == NONE && l->cursor < l->n_items) {
        struct author *a = &l->authors[l->items[l->cursor].parcel.author];

        if (a->in_flight < l->window) {
            a->in_flight++;
            return l->cursor++;
        }
        enqueue(l, &a->waiting, l->cursor++);
    }
    return i;
}

/* Under the lock: is one more due? */
static bool may_begin(struct load *l, uint64_t *due_ns)
{
    uint64_t now = now_ns();

    *due_ns = l->rate > 0 ? l->start_ns + l->begun * 1000000000u / l->rate : now;
    return *due_ns <= now;
}

/* Under the lock: something for this slot, or it rests. */
static bool take(struct load *l, struct slot *s)
{
    uint64_t due_ns;

    s->idle = true;
    s->item = NONE;
    if (l->busy.first != NONE && now_ns() >= l->busy_until_ns) {
        s->item = dequeue(l, &l->busy);
    } else if (may_begin(l, &due_ns)) {
        s->item = next_item(l);
        if (s->item != NONE) {
            l->items[s->item].due_ns = due_ns;
            l->begun++;
        }
    }
    s->idle = s->item == NONE;
    return !s->idle;
}

static void send_item(struct slot *s)
{
    struct message m = { .type = MESSAGE_SUBMIT };
    struct buf out = { 0 };
    nng_msg *msg = NULL;

    m.u.submit.statement = s->load->items[s->item].parcel.note;
    message_encode(&m, &out);
    must(!out.bad && nng_msg_alloc(&msg, 0) == 0 &&
             nng_msg_append(msg, out.ptr, out.len) == 0,
         "out of memory");
    buf_clear(&out);
    s->receiving = false;
    nng_aio_set_msg(s->aio, msg);
    nng_ctx_send(s->ctx, s->aio);
}

static void keep_sample(struct load *l, uint32_t item, const struct message *m)
{
    struct sample *s;

    if (item % SAMPLE_EVERY != 0 || m->u.submit_answer.outcome != MESSAGE_ACCEPTED)
        return;
    s = &l->samples[l->n_samples++];
    s->item = item;
    s->index = m->u.submit_answer.index;
    buf_add(&s->receipt, m->u.submit_answer.receipt);
}

static void count_accepted(struct load *l, uint32_t item, const struct message *m,
                           uint64_t now)
{
    uint64_t index = m->u.submit_answer.index;

    histogram_add(&l->latency, now - l->items[item].due_ns);
    if (index > l->largest)
        l->largest = index;
    if (l->times != NULL && index < l->n_times)
        __atomic_store_n(&l->times[index], now, __ATOMIC_RELEASE);
    keep_sample(l, item, m);
}

/* Under the lock: this item is finished, its author's next may go. */
static void finish(struct load *l, uint32_t item)
{
    struct author *a = &l->authors[l->items[item].parcel.author];
    uint32_t next = dequeue(l, &a->waiting);

    l->done++;
    if (next != NONE)
        enqueue(l, &l->ready, next);
    else
        a->in_flight--;
    l->end_ns = now_ns();
}

/* Under the lock. */
static void judge_answer(struct load *l, uint32_t item, struct bytes answer)
{
    uint64_t now = now_ns();
    struct message m;

    must_be_ok(message_decode(answer, &m), "answer");
    if (m.type == MESSAGE_ERROR && m.u.answer.status == 503)
        m = (struct message){ .type = MESSAGE_SUBMIT_ANSWER,
                              .u.submit_answer.outcome = MESSAGE_BUSY };
    must(m.type == MESSAGE_SUBMIT_ANSWER, "not an answer to a statement");
    switch (m.u.submit_answer.outcome) {
    case MESSAGE_ACCEPTED:
        l->accepted++;
        count_accepted(l, item, &m, now);
        break;
    case MESSAGE_KNOWN:
        l->known++;
        break;
    case MESSAGE_REFUSED:
        if (l->refused++ == 0)
            fprintf(stderr, "refused: " BYTES_FMT ": " BYTES_FMT "\n",
                    BYTES_ARG(m.u.submit_answer.rule), BYTES_ARG(m.u.submit_answer.text));
        break;
    case MESSAGE_BUSY:
        l->busy_answers++;
        l->busy_until_ns = now + BUSY_WAIT_NS;
        enqueue(l, &l->busy, item);
        return;
    }
    finish(l, item);
}

/* On nng's thread: sent, or answered. */
static void on_event(void *arg)
{
    struct slot *s = arg;
    struct load *l = s->load;
    int rv = nng_aio_result(s->aio);
    nng_msg *msg;
    bool more;

    if (rv == NNG_ECLOSED || rv == NNG_ECANCELED)
        return;
    must(rv == 0, "link: %s", nng_strerror(rv));
    if (!s->receiving) {
        s->receiving = true;
        nng_ctx_recv(s->ctx, s->aio);
        return;
    }
    msg = nng_aio_get_msg(s->aio);
    nng_aio_set_msg(s->aio, NULL);
    pthread_mutex_lock(&l->lock);
    judge_answer(l, s->item, (struct bytes){ nng_msg_body(msg), nng_msg_len(msg) });
    more = take(l, s);
    pthread_mutex_unlock(&l->lock);
    nng_msg_free(msg);
    if (more)
        send_item(s);
}

/* Slots that rest are looked at each half millisecond. */
static void run(struct load *l)
{
    struct timespec nap = { .tv_nsec = 500000 };

    pthread_mutex_lock(&l->lock);
    l->start_ns = now_ns();
    while (l->done < l->n_items) {
        for (size_t i = 0; i < l->n_slots; i++) {
            if (l->slots[i].idle && take(l, &l->slots[i])) {
                pthread_mutex_unlock(&l->lock);
                send_item(&l->slots[i]);
                pthread_mutex_lock(&l->lock);
            }
        }
        pthread_mutex_unlock(&l->lock);
        nanosleep(&nap, NULL);
        pthread_mutex_lock(&l->lock);
    }
    pthread_mutex_unlock(&l->lock);
}

static void read_items(struct load *l, struct bytes file, uint64_t first, uint64_t count)
{
    struct reader r = reader_of(file), begin;
    uint32_t authors = 0;

    for (uint64_t i = 0; i < first && r.len > 0; i++)
        parcel_next(&r);
    begin = r;
    for (; r.len > 0 && l->n_items < count; l->n_items++)
        parcel_next(&r);
    must(l->n_items > 0, "no statements");
    l->items = must_calloc(l->n_items, sizeof(*l->items));
    r = begin;
    for (uint32_t i = 0; i < l->n_items; i++) {
        l->items[i].parcel = parcel_next(&r);
        if (l->items[i].parcel.author >= authors)
            authors = l->items[i].parcel.author + 1;
    }
    l->authors = must_calloc(authors, sizeof(*l->authors));
    for (uint32_t i = 0; i < authors; i++)
        l->authors[i].waiting.first = NONE;
    l->samples = must_calloc(l->n_items / SAMPLE_EVERY + 1, sizeof(*l->samples));
    l->ready.first = l->busy.first = NONE;
}

static void open_times(struct load *l, const char *path)
{
    int fd = open(path, O_RDWR);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    void *p;

    must(size > 0, "%s: not a file of times", path);
    p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(p != MAP_FAILED, "%s: cannot be mapped", path);
    close(fd);
    l->times = p;
    l->n_times = (size_t)size / sizeof(uint64_t);
}

static void open_link(struct load *l, const char *url, nng_socket *sock)
{
    must(nng_req0_open(sock) == 0 &&
             nng_socket_set_size(*sock, NNG_OPT_RECVMAXSZ, LINK_FRAME_MAX) == 0,
         "no socket");
    must(nng_dial(*sock, url, NULL, 0) == 0, "cannot reach %s", url);
    for (size_t i = 0; i < l->n_slots; i++) {
        struct slot *s = &l->slots[i];

        *s = (struct slot){ .load = l, .idle = true, .item = NONE };
        must(nng_ctx_open(&s->ctx, *sock) == 0 &&
                 nng_aio_alloc(&s->aio, on_event, s) == 0,
             "no context");
    }
}

static void close_link(struct load *l, nng_socket sock)
{
    nng_close(sock);
    for (size_t i = 0; i < l->n_slots; i++) {
        nng_aio_stop(l->slots[i].aio);
        nng_aio_free(l->slots[i].aio);
    }
}

static void verify_sample(const struct load *l, const struct sample *s,
                          const struct verifier_key *log)
{
    struct hash leaf = hash_leaf(l->items[s->item].parcel.note);
    struct checkpoint c;
    struct receipt r;

    must_be_ok(receipt_parse(buf_bytes(&s->receipt), &r), "receipt");
    must(r.index == s->index, "a receipt of another entry");
    must_be_ok(checkpoint_open(r.checkpoint, log, &c), "receipt's checkpoint");
    must_be_ok(receipt_verify(&r, &leaf), "receipt");
}

static void verify_samples(const struct load *l, const char *path)
{
    struct verifier_key log;
    struct buf text = { 0 };

    must_be_ok(file_read(path, 4096, &text), path);
    must_be_ok(verifier_key_parse(bytes_slice(buf_bytes(&text), 0, text.len - 1), &log),
               path);
    for (uint64_t i = 0; i < l->n_samples; i++)
        verify_sample(l, &l->samples[i], &log);
    buf_clear(&text);
}

static void tell(const struct load *l, bool verified)
{
    double seconds = (double)(l->end_ns - l->start_ns) / 1e9;

    printf("{\"statements\":%" PRIu32 ",\"accepted\":%" PRIu64 ",\"known\":%" PRIu64
           ",\"refused\":%" PRIu64 ",\"busy\":%" PRIu64 ",\"seconds\":%.3f"
           ",\"per_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f"
           ",\"receipts_verified\":%" PRIu64 ",\"size\":%" PRIu64 "}\n",
           l->n_items, l->accepted, l->known, l->refused, l->busy_answers, seconds,
           (double)l->accepted / seconds, ms_of(histogram_at(&l->latency, 0.5)),
           ms_of(histogram_at(&l->latency, 0.99)), ms_of(l->latency.max),
           verified ? l->n_samples : 0, l->largest + 1);
}

int main(int argc, char **argv)
{
    static struct load l = { .window = 1, .n_slots = 64 };
    const char *times = NULL, *vkey = NULL;
    struct buf file = { 0 };
    uint64_t first = 0, count = UINT32_MAX;
    nng_socket sock;
    int option;

    while ((option = getopt(argc, argv, "f:n:c:w:r:t:k:")) != -1) {
        if (option == 'c')
            l.n_slots = number_of(optarg, "-c");
        else if (option == 'f')
            first = number_of(optarg, "-f");
        else if (option == 'n')
            count = number_of(optarg, "-n");
        else if (option == 'w')
            l.window = number_of(optarg, "-w");
        else if (option == 'r')
            l.rate = number_of(optarg, "-r");
        else if (option == 't')
            times = optarg;
        else if (option == 'k')
            vkey = optarg;
        else
            exit(2);
    }
    must(argc - optind == 2, "usage: load [OPTIONS] URL FILE");
    must(l.n_slots > 0 && l.n_slots <= CONTEXTS_MAX, "-c: 1 to %d", CONTEXTS_MAX);
    must(l.window > 0, "-w: at least 1");
    must_be_ok(sign_init(), "randomness");
    must_be_ok(file_read(argv[optind + 1], SIZE_MAX / 2, &file), argv[optind + 1]);
    read_items(&l, buf_bytes(&file), first, count);
    if (times != NULL)
        open_times(&l, times);
    pthread_mutex_init(&l.lock, NULL);
    open_link(&l, argv[optind], &sock);
    run(&l);
    close_link(&l, sock);
    if (vkey != NULL)
        verify_samples(&l, vkey);
    tell(&l, vkey != NULL);
    return l.refused > 0 || l.accepted + l.known != l.n_items;
}
