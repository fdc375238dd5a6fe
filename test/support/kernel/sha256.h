/* SHA-256 (FIPS 180-4), for a program that runs where nothing else is there: as the first process of a guest. */
#include <stdint.h>
#include <string.h>

struct sha256 {
	uint32_t state[8];
	uint8_t block[64];
	uint64_t size; /* bytes taken so far */
};

static const uint32_t SHA256_ROUNDS[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_start(struct sha256 *hash)
{
	static const uint32_t initial[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	memcpy(hash->state, initial, sizeof initial);
	hash->size = 0;
}

static uint32_t sha256_rotate(uint32_t word, int count)
{
	return word >> count | word << (32 - count);
}

static void sha256_block(struct sha256 *hash, const uint8_t *bytes)
{
	uint32_t words[64], s[8];
	for (int i = 0; i < 16; i++, bytes += 4)
		words[i] = (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
	for (int i = 16; i < 64; i++) {
		uint32_t early = words[i - 15], late = words[i - 2];
		words[i] = words[i - 16] + words[i - 7] +
			(sha256_rotate(early, 7) ^ sha256_rotate(early, 18) ^ early >> 3) +
			(sha256_rotate(late, 17) ^ sha256_rotate(late, 19) ^ late >> 10);
	}
	memcpy(s, hash->state, sizeof s);
	for (int i = 0; i < 64; i++) {
		uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
		uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
		uint32_t one = s[7] + choice + SHA256_ROUNDS[i] + words[i] +
			(sha256_rotate(s[4], 6) ^ sha256_rotate(s[4], 11) ^ sha256_rotate(s[4], 25));
		uint32_t two = majority +
			(sha256_rotate(s[0], 2) ^ sha256_rotate(s[0], 13) ^ sha256_rotate(s[0], 22));
		memmove(s + 1, s, 7 * sizeof s[0]);
		s[4] += one;
		s[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		hash->state[i] += s[i];
}

static void sha256_take(struct sha256 *hash, const uint8_t *bytes, size_t count)
{
	while (count > 0) {
		size_t filled = hash->size % 64, room = 64 - filled;
		size_t step = count < room ? count : room;
		hash->size += step;
		if (filled == 0 && step == 64) {
			sha256_block(hash, bytes);
		} else {
			memcpy(hash->block + filled, bytes, step);
			if (step == room)
				sha256_block(hash, hash->block);
		}
		bytes += step;
		count -= step;
	}
}

/* Writes 64 hexadecimal digits and a NUL. */
static void sha256_end(struct sha256 *hash, char *hex)
{
	uint64_t bits = hash->size * 8;
	uint8_t length[8];
	for (int i = 0; i < 8; i++)
		length[i] = bits >> (56 - 8 * i);
	sha256_take(hash, (const uint8_t *)"\x80", 1);
	while (hash->size % 64 != 56)
		sha256_take(hash, (const uint8_t *)"", 1);
	sha256_take(hash, length, 8);
	for (int i = 0; i < 64; i++)
		hex[i] = "0123456789abcdef"[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
	hex[64] = 0;
}
