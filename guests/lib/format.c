/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snprintf and the number formatting behind it. */
#include "guests/lib/string.h"

struct sink {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, negative;
	unsigned width;
};

static void sink_put(struct sink *s, char c)
{
	if (s->len + 1 < s->size)
		s->buf[s->len] = c;
	s->len++;
}

static void sink_pad(struct sink *s, char c, unsigned have, unsigned want)
{
	for (; have < want; have++)
		sink_put(s, c);
}

static void sink_text(struct sink *s, const struct spec *spec, const char *text, unsigned len)
{
	if (!spec->left)
		sink_pad(s, ' ', len, spec->width);
	for (unsigned i = 0; i < len; i++)
		sink_put(s, text[i]);
	if (spec->left)
		sink_pad(s, ' ', len, spec->width);
}

static void sink_number(struct sink *s, const struct spec *spec, uint64_t value, unsigned base,
			const char *digits)
{
	char text[24];
	unsigned at = sizeof(text), len;
	uint32_t digit;

	do {
		value = div_u64(value, base, &digit);
		text[--at] = digits[digit];
	} while (value);
	if (spec->negative && !(spec->zero && !spec->left))
		text[--at] = '-';
	len = sizeof(text) - at;
	if (spec->zero && !spec->left) {
		if (spec->negative)
			sink_put(s, '-');
		sink_pad(s, '0', len + spec->negative, spec->width);
	} else if (!spec->left) {
		sink_pad(s, ' ', len, spec->width);
	}
	for (unsigned i = at; i < sizeof(text); i++)
		sink_put(s, text[i]);
	if (spec->left)
		sink_pad(s, ' ', len, spec->width);
}

static const char *spec_parse(struct spec *spec, const char *fmt, unsigned *longs)
{
	*spec = (struct spec){0};
	for (; *fmt == '-' || *fmt == '0'; fmt++) {
		spec->left |= *fmt == '-';
		spec->zero |= *fmt == '0';
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = spec->width * 10 + (*fmt - '0');
	for (*longs = 0; *fmt == 'l' || *fmt == 'z'; fmt++)
		*longs += *fmt == 'l';
	return fmt;
}

static void sink_string(struct sink *s, const struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	sink_text(s, spec, text, strlen(text));
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	struct sink s = {buf, size, 0};

	for (; *fmt; fmt++) {
		struct spec spec;
		unsigned longs;
		int64_t value;
		char c;

		if (*fmt != '%') {
			sink_put(&s, *fmt);
			continue;
		}
		fmt = spec_parse(&spec, fmt + 1, &longs);
		switch (*fmt) {
		case 'd':
			value = longs > 1 ? va_arg(ap, int64_t) : va_arg(ap, int32_t);
			spec.negative = value < 0;
			sink_number(&s, &spec, value < 0 ? -(uint64_t)value : (uint64_t)value, 10,
				    lower);
			break;
		case 'u':
		case 'x':
		case 'X':
		case 'p':
			value = longs > 1 ? va_arg(ap, int64_t) : va_arg(ap, uint32_t);
			sink_number(&s, &spec, value, *fmt == 'u' ? 10 : 16,
				    *fmt == 'X' ? upper : lower);
			break;
		case 'c':
			c = va_arg(ap, int);
			sink_text(&s, &spec, &c, 1);
			break;
		case 's':
			sink_string(&s, &spec, va_arg(ap, const char *));
			break;
		default:
			sink_put(&s, *fmt);
			if (!*fmt)
				fmt--;
			break;
		}
	}
	if (size)
		buf[s.len < size ? s.len : size - 1] = '\0';
	return s.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
