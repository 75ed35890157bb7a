/* Draws: the population's, by the same addresses. Uniforms are Philox 4x64 of ten rounds, the counter holding the
   address; laws that are more than a constant are inverted by the caller, a chunk of customers at a time. */

static inline void philox(uint64_t x[4], uint64_t k0, uint64_t k1) {
    for (int round = 0; round < 10; round++) {
        unsigned __int128 a = (unsigned __int128)0xD2E7470EE14C6C93ULL * x[0];
        unsigned __int128 b = (unsigned __int128)0xCA5A826395121157ULL * x[2];
        uint64_t y0 = (uint64_t)(b >> 64) ^ x[1] ^ k0, y2 = (uint64_t)(a >> 64) ^ x[3] ^ k1;
        x[1] = (uint64_t)b;
        x[3] = (uint64_t)a;
        x[0] = y0;
        x[2] = y2;
        k0 += 0x9E3779B97F4A7C15ULL;
        k1 += 0xBB67AE8584CAA73BULL;
    }
}

static inline double as_uniform(uint64_t word) { return (double)(word >> 11) * (1.0 / 9007199254740992.0); }

static double uniform(const Run *run, uint64_t address, int64_t customer, int visit) {
    /* NumPy counts up before it draws */
    uint64_t x[4] = {(uint64_t)(customer >> 2) + 1, address, (uint64_t)visit, 0};
    philox(x, run->t->seed, run->t->replication);
    return as_uniform(x[customer & 3]);
}

static int segment_of(const Run *run, int64_t customer) {
    const Tables *t = run->t;
    if (t->n_segments == 1) return 0;
    double u = uniform(run, t->segment_at, customer, 0);
    int segment = 0;
    while (segment < t->n_segments - 1 && u >= t->shares[segment]) segment++;
    return segment;
}

static double *drawn_chunk(Run *run, int stream, int64_t chunk, int visit) {
    const Tables *t = run->t;
    Drawn *drawn = run->drawn + stream;
    if (visit >= drawn->n_visits) {
        int n = visit + 4;
        drawn->visits = grown(drawn->visits, n, sizeof(Visit));
        memset(drawn->visits + drawn->n_visits, 0, (n - drawn->n_visits) * sizeof(Visit));
        drawn->n_visits = n;
    }
    Visit *of = drawn->visits + visit;
    if (!of->chunks) of->chunks = zeroed(run->n_chunks, sizeof(double *));
    double *values = of->chunks[chunk];
    if (values) return values;
    values = run->n_spare ? run->spare[--run->n_spare] : zeroed(CHUNK, sizeof(double));
    for (int i = 0; i < CHUNK / 4; i++) {
        uint64_t x[4] = {(uint64_t)(chunk * (CHUNK / 4) + i) + 1, t->streams[stream].address, (uint64_t)visit, 0};
        philox(x, t->seed, t->replication);
        for (int word = 0; word < 4; word++) values[4 * i + word] = as_uniform(x[word]);
    }
    if (!t->invert(stream, chunk * CHUNK, values)) run->stop = 1;
    of->chunks[chunk] = values;
    return values;
}

/* Return the draw of a stream for the customer (or replica) of this number and segment. */
static double draw(Run *run, int stream, int64_t customer, int segment, int visit) {
    const Stream *law = run->t->streams + stream;
    if (law->constant != NONE) return run->t->constants[law->constant + segment];
    Drawn *drawn = run->drawn + stream;
    int64_t chunk = customer / CHUNK;
    if (visit < drawn->n_visits && drawn->visits[visit].chunks && drawn->visits[visit].chunks[chunk])
        return drawn->visits[visit].chunks[chunk][customer % CHUNK];
    return drawn_chunk(run, stream, chunk, visit)[customer % CHUNK];
}

/* Take back the memory of draws that nobody will ask for again. */
static void forget_chunk(Run *run, int64_t chunk) {
    for (int stream = 0; stream < run->t->n_streams; stream++) {
        if (run->t->streams[stream].kept) continue;
        for (int visit = 0; visit < run->drawn[stream].n_visits; visit++) {
            double **chunks = run->drawn[stream].visits[visit].chunks;
            if (!chunks || !chunks[chunk]) continue;
            if (run->n_spare == run->spare_room) {
                run->spare_room = 2 * run->spare_room + 64;
                run->spare = grown(run->spare, run->spare_room, sizeof(double *));
            }
            run->spare[run->n_spare++] = chunks[chunk];
            chunks[chunk] = NULL;
        }
    }
}
