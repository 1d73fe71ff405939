/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vsnprintf() and snprintf() of core/lib.h. */
#include "core/lib.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/div64.h"

/* Where the text goes; len counts on past the end of the buffer. */
struct sink {
	char *buf;
	size_t size;
	size_t len;
};

/* One conversion, %[flags][width][.precision][length]. */
struct spec {
	bool zero;
	bool left;
	bool upper;
	int width;
	int precision; /* -1: none given */
	unsigned size; /* of an integer argument, in bytes */
};

/* The longest integer: 64 bits in decimal. */
#define DIGITS_MAX 20

static void put_char(struct sink *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_fill(struct sink *out, char c, int count)
{
	for (; count > 0; count--)
		put_char(out, c);
}

static void put_text(struct sink *out, const char *text, size_t len)
{
	for (; len; len--)
		put_char(out, *text++);
}

static void put_string(struct sink *out, const struct spec *spec, const char *s)
{
	size_t len;
	int fill;

	if (!s)
		s = "(null)";
	len = strnlen(s, spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision);
	fill = len < (size_t)spec->width ? spec->width - (int)len : 0;
	if (!spec->left)
		put_fill(out, ' ', fill);
	put_text(out, s, len);
	if (spec->left)
		put_fill(out, ' ', fill);
}

/* Writes the digits so that they end at end; returns how many (0 for 0). */
static int make_digits(char *end, uint64_t value, unsigned base, bool upper)
{
	const char *letters = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *p = end;
	uint32_t digit;

	while (value) {
		value = div64_u32(value, base, &digit);
		*--p = letters[digit];
	}
	return (int)(end - p);
}

/* sign is "", "-" or "0x". A precision switches the 0 flag off (C11 7.21.6.1). */
static void put_number(struct sink *out, const struct spec *spec, uint64_t value, unsigned base,
		       const char *sign)
{
	char digits[DIGITS_MAX];
	int count = make_digits(digits + DIGITS_MAX, value, base, spec->upper);
	int sign_len = (int)strlen(sign);
	int zeros = spec->precision < 0 ? !count : spec->precision - count;
	int fill;

	zeros = MAX(zeros, 0);
	if (spec->zero && !spec->left && spec->precision < 0)
		zeros = MAX(zeros, spec->width - count - sign_len);
	fill = spec->width - sign_len - count - zeros;
	if (!spec->left)
		put_fill(out, ' ', fill);
	put_text(out, sign, (size_t)sign_len);
	put_fill(out, '0', zeros);
	put_text(out, digits + DIGITS_MAX - count, (size_t)count);
	if (spec->left)
		put_fill(out, ' ', fill);
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		if (*fmt == '0')
			spec->zero = true;
		else if (*fmt == '-')
			spec->left = true;
		else
			return fmt;
	}
}

static const char *parse_int(const char *fmt, int *value)
{
	for (*value = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		if (*value < INT_MAX / 10 - 1)
			*value = *value * 10 + (*fmt - '0');
	return fmt;
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
	spec->size = sizeof(int);
	if (*fmt == 'z') {
		spec->size = sizeof(size_t);
		return fmt + 1;
	}
	if (*fmt == 'l') {
		spec->size = fmt[1] == 'l' ? sizeof(long long) : sizeof(long);
		return fmt + (fmt[1] == 'l' ? 2 : 1);
	}
	if (*fmt == 'h') {
		spec->size = fmt[1] == 'h' ? sizeof(char) : sizeof(short);
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	}
	return fmt;
}

/* va_list travels by pointer: passing the array type itself is not portable. */
struct args {
	va_list ap;
};

static int64_t next_signed(struct args *args, unsigned size)
{
	int value;

	if (size == sizeof(long long))
		return va_arg(args->ap, long long);
	if (size == sizeof(long))
		return va_arg(args->ap, long);
	value = va_arg(args->ap, int);
	if (size == sizeof(int))
		return value;
	return size == sizeof(short) ? (short)value : (signed char)value;
}

static uint64_t next_unsigned(struct args *args, unsigned size)
{
	unsigned value;

	if (size == sizeof(long long))
		return va_arg(args->ap, unsigned long long);
	if (size == sizeof(long))
		return va_arg(args->ap, unsigned long);
	value = va_arg(args->ap, unsigned);
	if (size == sizeof(unsigned))
		return value;
	return size == sizeof(short) ? (unsigned short)value : (unsigned char)value;
}

static const char *parse_spec(const char *fmt, struct spec *spec, struct args *args)
{
	fmt = parse_flags(fmt, spec);
	if (*fmt == '*') {
		spec->width = va_arg(args->ap, int);
		fmt++;
	} else {
		fmt = parse_int(fmt, &spec->width);
	}
	if (spec->width < 0) {
		spec->left = true;
		spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
	}
	spec->precision = -1;
	if (*fmt != '.')
		return parse_length(fmt, spec);
	fmt++;
	if (*fmt == '*') {
		spec->precision = va_arg(args->ap, int);
		fmt++;
	} else {
		fmt = parse_int(fmt, &spec->precision);
	}
	return parse_length(fmt, spec);
}

static void put_decimal(struct sink *out, const struct spec *spec, int64_t value)
{
	bool negative = value < 0;

	put_number(out, spec, negative ? -(uint64_t)value : (uint64_t)value, 10,
		   negative ? "-" : "");
}

static void put_pointer(struct sink *out, struct spec *spec, void *p)
{
	spec->precision = 2 * sizeof(void *);
	put_number(out, spec, (uintptr_t)p, 16, "0x");
}

static void put_one(struct sink *out, struct spec *spec, struct args *args)
{
	char c = (char)va_arg(args->ap, int);

	spec->precision = 1;
	if (c) {
		put_string(out, spec, (const char[]){c, 0});
		return;
	}
	put_fill(out, ' ', spec->left ? 0 : spec->width - 1);
	put_char(out, 0);
	put_fill(out, ' ', spec->left ? spec->width - 1 : 0);
}

/* An unknown conversion is printed as it stands, so that it is seen. */
static void put_conversion(struct sink *out, char type, struct spec *spec, struct args *args)
{
	spec->upper = type == 'X';
	switch (type) {
	case 'd':
	case 'i':
		put_decimal(out, spec, next_signed(args, spec->size));
		break;
	case 'u':
		put_number(out, spec, next_unsigned(args, spec->size), 10, "");
		break;
	case 'x':
	case 'X':
		put_number(out, spec, next_unsigned(args, spec->size), 16, "");
		break;
	case 'p':
		put_pointer(out, spec, va_arg(args->ap, void *));
		break;
	case 'c':
		put_one(out, spec, args);
		break;
	case 's':
		put_string(out, spec, va_arg(args->ap, const char *));
		break;
	case '%':
		put_char(out, '%');
		break;
	default:
		put_char(out, '%');
		put_char(out, type);
		break;
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink out = {.buf = buf, .size = size};
	struct args args;

	va_copy(args.ap, ap);
	for (; *fmt; fmt++) {
		struct spec spec = {0};

		if (*fmt != '%') {
			put_char(&out, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec, &args);
		if (!*fmt)
			break;
		put_conversion(&out, *fmt, &spec, &args);
	}
	va_end(args.ap);
	if (size)
		buf[MIN(out.len, size - 1)] = 0;
	return (int)out.len;
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
