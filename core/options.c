/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text slices and table-driven key=value options: the reading half of config. */
#include "core/options.h"

#include "core/errno.h"
#include "core/lib.h"
#include "core/types.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

struct slice slice_from(struct slice s, size_t offset)
{
	return (struct slice){s.text + offset, s.len - offset};
}

struct slice slice_trim_left(struct slice s)
{
	while (s.len && is_blank(*s.text))
		s = slice_from(s, 1);
	return s;
}

struct slice slice_next_word(struct slice *rest)
{
	struct slice word = slice_trim_left(*rest);
	size_t n = 0;

	while (n < word.len && !is_blank(word.text[n]))
		n++;
	*rest = slice_from(word, n);
	word.len = n;
	return word;
}

bool slice_starts(struct slice s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && !memcmp(s.text, text, len);
}

bool slice_is(struct slice s, const char *text)
{
	return s.len == strlen(text) && slice_starts(s, text);
}

struct slice slice_until(struct slice s, char c)
{
	size_t n = 0;

	while (n < s.len && s.text[n] != c)
		n++;
	s.len = n;
	return s;
}

bool slice_has(struct slice s, char c)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.text[i] == c)
			return true;
	return false;
}

int slice_copy(struct slice s, char *buf, size_t size)
{
	if (s.len >= size)
		return -E2BIG;
	memcpy(buf, s.text, s.len);
	buf[s.len] = 0;
	return 0;
}

/* The value of a digit, or 99. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 99;
}

/* base <= 16: an accumulator below 2^60 cannot overflow with one more digit. */
static int read_digits(struct slice s, unsigned base, uint64_t *value)
{
	uint64_t sum = 0;
	size_t i;

	if (!s.len)
		return -EINVAL;
	for (i = 0; i < s.len; i++) {
		unsigned digit = digit_value(s.text[i]);

		if (digit >= base)
			return -EINVAL;
		if (sum >> 60)
			return -ERANGE;
		sum = sum * base + digit;
	}
	*value = sum;
	return 0;
}

int slice_number(struct slice s, uint64_t *value)
{
	if (slice_starts(s, "0x"))
		return read_digits(slice_from(s, 2), 16, value);
	return read_digits(s, 10, value);
}

static unsigned suffix_shift(char c)
{
	switch (c) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	default:
		return 0;
	}
}

int slice_size(struct slice s, uint64_t *bytes)
{
	unsigned shift = s.len ? suffix_shift(s.text[s.len - 1]) : 0;
	uint64_t value;
	int error;

	if (shift)
		s.len--;
	error = read_digits(s, 10, &value);
	if (error)
		return error;
	if (value << shift >> shift != value)
		return -ERANGE;
	*bytes = value << shift;
	return 0;
}

static int find_choice(const struct option *opt, struct slice value, unsigned *index)
{
	for (*index = 0; opt->choices[*index]; ++*index)
		if (slice_is(value, opt->choices[*index]))
			return 0;
	return -EINVAL;
}

int option_choice(const struct option *opt, void *field, struct slice value)
{
	unsigned index;
	int error = find_choice(opt, value, &index);

	if (!error)
		*(unsigned *)field = index;
	return error;
}

int option_bool(const struct option *opt, void *field, struct slice value)
{
	unsigned index;
	int error = find_choice(opt, value, &index);

	if (!error)
		*(bool *)field = index != 0;
	return error;
}

int option_number(const struct option *opt, void *field, struct slice value)
{
	uint64_t number;
	int error = slice_number(value, &number);

	if (error)
		return error;
	if (number < opt->min || number > opt->max)
		return -ERANGE;
	*(uint32_t *)field = (uint32_t)number;
	return 0;
}

int option_size(const struct option *opt, void *field, struct slice value)
{
	uint64_t bytes;
	int error = slice_size(value, &bytes);

	if (error)
		return error;
	if (bytes < opt->min || bytes > opt->max)
		return -ERANGE;
	if (bytes % PAGE_SIZE)
		return -EINVAL;
	*(uint32_t *)field = (uint32_t)bytes;
	return 0;
}

int option_pages(const struct option *opt, void *field, struct slice value)
{
	uint32_t bytes;
	int error = option_size(opt, &bytes, value);

	if (!error)
		*(uint32_t *)field = bytes / PAGE_SIZE;
	return error;
}

/* The length of the key: up to = or all of it. */
static size_t key_length(struct slice word)
{
	size_t n = 0;

	while (n < word.len && word.text[n] != '=')
		n++;
	return n;
}

const struct option *option_find(const struct option *table, struct slice word)
{
	const struct option *opt;

	word.len = key_length(word);
	for (opt = table; opt->key; opt++)
		if (slice_is(word, opt->key))
			return opt;
	return NULL;
}

static int set_field(const struct option *opt, void *object, struct slice word)
{
	void *field = (char *)object + opt->offset;
	size_t key_len = key_length(word);
	bool has_value = key_len < word.len;

	if (has_value != (opt->set != NULL))
		return -EINVAL;
	if (has_value)
		return opt->set(opt, field, slice_from(word, key_len + 1));
	*(bool *)field = true;
	return 0;
}

int option_apply(const struct option *table, void *object, struct slice word, uint32_t *seen,
		 const struct option **opt)
{
	uint32_t bit;

	*opt = option_find(table, word);
	if (!*opt)
		return -ENOENT;
	bit = 1u << (*opt - table);
	if (*seen & bit && !(*opt)->repeats)
		return -EEXIST;
	*seen |= bit;
	return set_field(*opt, object, word);
}

void option_list(const struct option *table, char *buf, size_t size)
{
	const struct option *opt;
	size_t len = 0;

	buf[0] = 0;
	for (opt = table; opt->key; opt++) {
		const char *joint = opt == table ? "" : opt[1].key ? ", " : " and ";

		len += (size_t)snprintf(buf + len, size - len, "%s%s%s", joint, opt->key,
					opt->set ? "=" : "");
		if (len >= size)
			return;
	}
}
