/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text slices and table-driven key=value options: the reading half of config. */
#ifndef GATEHOUSE_CORE_OPTIONS_H
#define GATEHOUSE_CORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a longer text, not NUL-terminated; the text must outlive it. */
struct slice {
	const char *text;
	size_t len;
};

/* For %.*s */
#define SLICE_ARG(s) (int)(s).len, (s).text

struct slice slice_of(const char *text);
struct slice slice_from(struct slice s, size_t offset); /* offset <= s.len */
struct slice slice_trim_left(struct slice s);
/* Takes the first word off *rest; an empty one at the end. Blanks separate. */
struct slice slice_next_word(struct slice *rest);
/* What comes before the first c, or all of it. */
struct slice slice_until(struct slice s, char c);
bool slice_is(struct slice s, const char *text);
bool slice_starts(struct slice s, const char *text);
bool slice_has(struct slice s, char c);
/* With a NUL behind it; -E2BIG if size bytes are too few. */
int slice_copy(struct slice s, char *buf, size_t size);
/* Decimal, or hexadecimal behind 0x. -EINVAL: no number, -ERANGE: above 64 bits. */
int slice_number(struct slice s, uint64_t *value);
/* A decimal number, with K, M or G behind it or not. Errors as slice_number(). */
int slice_size(struct slice s, uint64_t *bytes);

/* One key=value, or without set a bare key that makes a bool true. A table ends with key NULL. */
struct option {
	const char *key;
	size_t offset; /* of the field in the object */
	int (*set)(const struct option *opt, void *field, struct slice value);
	const char *takes; /* what is allowed, for messages */
	const char *const *choices;
	uint32_t min, max;
	bool repeats; /* may be given more than once */
};

/* Setters: 0, or an error and the field is as it was. */
int option_choice(const struct option *opt, void *field, struct slice value); /* enum: an index */
int option_bool(const struct option *opt, void *field, struct slice value);   /* bool: likewise */
int option_number(const struct option *opt, void *field, struct slice value); /* uint32_t */
int option_size(const struct option *opt, void *field,
		struct slice value); /* bytes, page multiple */
int option_pages(const struct option *opt, void *field, struct slice value); /* size in pages */

const struct option *option_find(const struct option *table, struct slice word);

/*
 * Applies one word to object and notes it in *seen (0 before the first).
 * -ENOENT: not in the table, -EEXIST: a second time, anything else: a value
 * that is not allowed. *opt is the table row, NULL for -ENOENT.
 */
int option_apply(const struct option *table, void *object, struct slice word, uint32_t *seen,
		 const struct option **opt);

/* The keys of a table, "name=, mem= and tsc=", for messages. */
void option_list(const struct option *table, char *buf, size_t size);

#endif
