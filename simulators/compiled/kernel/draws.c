/* Draws: the population's, by the same addresses. Uniforms are Philox 4x64 of ten rounds, the counter holding the
   address. Most laws are inverted here, by the arithmetic of journeys/portable.py and journeys/distributions.py; the
   others by the caller, a chunk of customers at a time. */

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

/* Arithmetic that is the same everywhere */

/* A polynomial's terms are joined to pairs, pairs to fours, and so on: few steps wait for each other. The compiler knows
   how many there are. */
#define INLINE static inline __attribute__((always_inline))
#define POLYNOMIAL(of, x) up_to_32(of, sizeof(of) / sizeof(double), x)

#define JOINED(once, twice)                                                             \
    INLINE double up_to_##twice(const double *of, int n, double x) {                    \
        double power = x;                                                               \
        for (int i = 1; i < once; i *= 2) power *= power;                               \
        return n <= once ? up_to_##once(of, n, x)                                       \
                         : up_to_##once(of, once, x) + up_to_##once(of + once, n - once, x) * power; \
    }

INLINE double up_to_1(const double *of, int n, double x) { return of[0]; }
JOINED(1, 2)
JOINED(2, 4)
JOINED(4, 8)
JOINED(8, 16)
JOINED(16, 32)

static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double of_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = mantissa 2^power with sqrt(1/2) <= mantissa < sqrt(2); without a branch, and with what several at once have, too */
static inline double log_of(double x) {
    const uint64_t one = 0x3FF0000000000000ULL, whole = 0x4330000000000000ULL; /* of 1 and of 2^52 */
    uint64_t bits = bits_of(x), above = bits + (one - bits_of(SQRT_HALF));
    double power = of_bits(above >> 52 | whole) - (0x1p52 + 1023.0);
    double f = of_bits(bits - (above & 0xFFF0000000000000ULL) + one) - 1.0, s = f / (f + 2.0);
    return power * LN2_HIGH + (s * POLYNOMIAL(ATANH, s * s) + power * LN2_LOW);
}

/* Draws */

/* Return what a customer draws, of a standard law: uniform on [0, 1), or exponential with mean 1. Four neighbours' draws
   are made together, and kept for a while. */
static double standard(const Run *run, int kind, uint64_t address, int64_t customer, int visit) {
    int64_t quad = customer >> 2;
    uint64_t slot = (address ^ (uint64_t)quad * 0x9E3779B97F4A7C15ULL) + (uint64_t)visit * 0xBB67AE8584CAA73BULL;
    Four *four = run->recent + (slot >> 20) % RECENT;
    if (four->quad != quad || four->address != address || four->visit != visit || four->kind != kind) {
        /* NumPy counts up before it draws */
        uint64_t words[4] = {(uint64_t)quad + 1, address, (uint64_t)visit, 0};
        philox(words, run->t->seed, run->t->replication);
        for (int i = 0; i < 4; i++) four->draws[i] = as_uniform(words[i]);
        if (kind == LAW_EXPONENTIAL)
            for (int i = 0; i < 4; i++) four->draws[i] = -log_of(1.0 - four->draws[i]);
        four->quad = quad;
        four->address = address;
        four->visit = visit;
        four->kind = kind;
    }
    return four->draws[customer & 3];
}

static inline double uniform(const Run *run, uint64_t address, int64_t customer, int visit) {
    return standard(run, LAW_UNIFORM, address, customer, visit);
}

/* Return whether something with this probability happens. */
static inline int chance(const Run *run, double probability, uint64_t address, int64_t customer, int visit) {
    if (probability <= 0) return 0;
    return probability >= 1 || uniform(run, address, customer, visit) < probability;
}

/* Return the number of the first journey of the same person. */
static int64_t person(int64_t customer) {
    int64_t place = customer / SPAN;
    while (place % 2) place = (place - 1) / 2;
    return place * SPAN + customer % SPAN;
}

static int segment_of(const Run *run, int64_t customer) {
    const Tables *t = run->t;
    if (t->n_segments == 1) return 0;
    double u = uniform(run, t->segment_at, person(customer), 0);
    int segment = 0;
    while (segment < t->n_segments - 1 && u >= t->shares[segment]) segment++;
    return segment;
}

static double exp_of(double x) {
    if (x > LARGEST_POWER) x = LARGEST_POWER;
    if (x < -LARGEST_POWER) x = -LARGEST_POWER;
    double near = x * PER_LN2 + 0.5, power = (double)(int64_t)near;
    if (power > near) power -= 1.0; /* rounded down */
    double r = (x - power * LN2_HIGH) - power * LN2_LOW;
    return POLYNOMIAL(TAYLOR, r) * of_bits((uint64_t)((int64_t)power + 1023) << 52);
}

static double normal_quantile(double u) {
    double q = u - 0.5;
    if (fabs(q) <= CENTRAL) return q * POLYNOMIAL(CENTRE, q * q * CENTRE_SCALE - 1.0);
    double p = u < 1.0 - u ? u : 1.0 - u;
    if (p < SMALLEST) p = SMALLEST;
    double r = sqrt(-log_of(p));
    double size = r < TAIL_FROM ? POLYNOMIAL(SHOULDER, r * SHOULDER_SCALE - SHOULDER_MIDDLE)
                                : POLYNOMIAL(TAIL, r * TAIL_SCALE - TAIL_MIDDLE);
    return q < 0 ? -size : size;
}

/* Laws */

/* Return the draws of the chunk of customers in which this one is. */
static SELDOM double *inverted_chunk(Run *run, int stream, int64_t customer, int visit) {
    const Tables *t = run->t;
    Drawn *drawn = run->drawn + stream;
    if (visit >= drawn->n_visits) {
        int n = visit + 4;
        drawn->visits = grown(drawn->visits, n, sizeof(Visit));
        memset(drawn->visits + drawn->n_visits, 0, (n - drawn->n_visits) * sizeof(Visit));
        drawn->n_visits = n;
    }
    Visit *of = drawn->visits + visit;
    if (!of->chunks) of->chunks = zeroed(t->n_places * run->n_chunks, sizeof(double *));
    int64_t at = customer / SPAN * run->n_chunks + customer % SPAN / CHUNK, first = customer / CHUNK * CHUNK;
    double *values = of->chunks[at];
    if (values) return values;
    values = run->n_spare ? run->spare[--run->n_spare] : zeroed(CHUNK, sizeof(double));
    for (int i = 0; i < CHUNK / 4; i++) {
        uint64_t x[4] = {(uint64_t)(first / 4 + i) + 1, t->streams[stream].address, (uint64_t)visit, 0};
        philox(x, t->seed, t->replication);
        for (int word = 0; word < 4; word++) values[4 * i + word] = as_uniform(x[word]);
    }
    if (!t->invert(stream, first, values)) run->stop = 1;
    of->chunks[at] = values;
    return values;
}

/* Return the draw of a stream for the customer (or replica) of this number and segment. */
static double draw(Run *run, int stream, int64_t customer, int segment, int visit) {
    const Tables *t = run->t;
    const Law *law = t->laws + stream * t->n_segments + segment;
    if (law->kind == LAW_CONSTANT) return law->a;
    if (law->kind == LAW_INVERTED) return inverted_chunk(run, stream, customer, visit)[customer % CHUNK];
    int kind = law->kind == LAW_EXPONENTIAL || law->kind == LAW_WEIBULL ? LAW_EXPONENTIAL : LAW_UNIFORM;
    double u = standard(run, kind, t->streams[stream].address, customer, visit);
    switch (law->kind) {
    case LAW_UNIFORM: return law->a + u * law->b;
    case LAW_EXPONENTIAL: return u * law->a;
    case LAW_LOGNORMAL: return exp_of(law->a + law->b * normal_quantile(u));
    case LAW_WEIBULL: return law->a * exp_of(log_of(u > SMALLEST ? u : SMALLEST) * law->b);
    default: {
        double position = u * (law->n_knots - 1), below = (double)(int64_t)position;
        if (below > law->n_knots - 2.0) below = law->n_knots - 2.0;
        const double *knots = t->knots + law->knots + (int)below;
        return knots[0] + (position - below) * (knots[1] - knots[0]);
    }
    }
}

/* Take back the memory of draws that nobody will ask for again. */
static SELDOM void forget_chunk(Run *run, int64_t chunk) {
    for (int stream = 0; stream < run->t->n_streams; stream++) {
        if (run->t->streams[stream].kept) continue;
        for (int visit = 0; visit < run->drawn[stream].n_visits; visit++) {
            double **chunks = run->drawn[stream].visits[visit].chunks;
            for (int64_t at = chunk; chunks && at < run->t->n_places * run->n_chunks; at += run->n_chunks) {
                if (!chunks[at]) continue;
                if (run->n_spare == run->spare_room) {
                    run->spare_room = 2 * run->spare_room + 64;
                    run->spare = grown(run->spare, run->spare_room, sizeof(double *));
                }
                run->spare[run->n_spare++] = chunks[at];
                chunks[at] = NULL;
            }
        }
    }
}
