/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed, out of a keyboard's scan codes. */
#include "drivers/ps2_keys.h"

#include "core/lib.h"

#define RELEASED  0x80
#define EXTENDED  0xE0
#define PAUSE     0xE1 /* 1D 45, and E1 9D C5 at once: the key is never released */
#define LOST_LOW  0x00 /* the keyboard lost keys */
#define LOST_HIGH 0xFF

/* One bit for each key: a modifier is on while either of its two is held; a lock is not repeated.
 */
enum {
	SHIFT_LEFT = 0x01,
	SHIFT_RIGHT = 0x02,
	CTRL_LEFT = 0x04,
	CTRL_RIGHT = 0x08,
	ALT_LEFT = 0x10,
	ALT_RIGHT = 0x20,
	CAPS_LOCK = 0x40,
	NUM_LOCK = 0x80,
	SHIFT = SHIFT_LEFT | SHIFT_RIGHT,
	CTRL = CTRL_LEFT | CTRL_RIGHT,
	ALT = ALT_LEFT | ALT_RIGHT,
};

enum code {
	CODE_CTRL = 0x1D,
	CODE_SHIFT_LEFT = 0x2A,
	CODE_SLASH = 0x35,
	CODE_SHIFT_RIGHT = 0x36,
	CODE_ALT = 0x38,
	CODE_CAPS_LOCK = 0x3A,
	CODE_NUM_LOCK = 0x45,
	CODE_KEYPAD = 0x47,
	CODE_KEYPAD_END = 0x53,
	CODE_ENTER = 0x1C,
};

/* By scan code, without and with shift; 0: no character. Backspace sends DEL, as terminals do. */
static const char plain[] = "\0\033"
			    "1234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./"
			    "\0*\0 ";
static const char shifted[] = "\0\033"
			      "!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?"
			      "\0*\0 ";
static const char keypad[] = "789-456+1230.";

_Static_assert(sizeof(plain) == 0x3A + 1 && sizeof(shifted) == sizeof(plain), "up to Space, 0x39");

/* From CODE_KEYPAD on, without Num Lock and for the keys between: behind ESC [. */
static const char *const moves[] = {"H", "A", "5~", "-",  "D",  "",  "C",
				    "+", "F", "B",  "6~", "2~", "3~"};

static const struct {
	uint8_t code;
	const char *text;
} function_keys[] = {
	{0x3B, "OP"},   {0x3C, "OQ"},   {0x3D, "OR"},   {0x3E, "OS"},
	{0x3F, "[15~"}, {0x40, "[17~"}, {0x41, "[18~"}, {0x42, "[19~"},
	{0x43, "[20~"}, {0x44, "[21~"}, {0x57, "[23~"}, {0x58, "[24~"},
};

static uint8_t modifier_of(uint8_t code, bool is_extended)
{
	switch (code) {
	case CODE_SHIFT_LEFT:
		return is_extended ? 0 : SHIFT_LEFT; /* extended: made up around other keys */
	case CODE_SHIFT_RIGHT:
		return is_extended ? 0 : SHIFT_RIGHT;
	case CODE_CTRL:
		return is_extended ? CTRL_RIGHT : CTRL_LEFT;
	case CODE_ALT:
		return is_extended ? ALT_RIGHT : ALT_LEFT;
	case CODE_CAPS_LOCK:
		return CAPS_LOCK;
	case CODE_NUM_LOCK:
		return NUM_LOCK;
	default:
		return 0;
	}
}

/* With Ctrl: of the characters from 0x40 on the low five bits; some others as the VT220 has them.
 */
static char control_of(char c)
{
	static const char from[] = " 2345678/?-", to[] = "\0\0\033\034\035\036\037\177\037\177\037";
	const char *found = strchr(from, c);

	if (c >= '@' && c < 0x7F)
		return c & 0x1F;
	return found && *found ? to[found - from] : c;
}

static unsigned character(const struct ps2_keys *k, char c, char *out)
{
	unsigned n = 0;

	if (k->down & ALT)
		out[n++] = '\033';
	out[n++] = k->down & CTRL ? control_of(c) : c;
	return n;
}

static unsigned sequence(const char *start, const char *text, char *out)
{
	size_t n = strlen(start), more = strlen(text);

	/* bytes for the console: no string */
	memcpy(out, start, n);       /* NOLINT(bugprone-not-null-terminated-result) */
	memcpy(out + n, text, more); /* NOLINT(bugprone-not-null-terminated-result) */
	return (unsigned)(n + more);
}

static unsigned keypad_key(const struct ps2_keys *k, uint8_t code, bool is_extended, char *out)
{
	unsigned at = code - CODE_KEYPAD;
	bool is_digit = keypad[at] != '-' && keypad[at] != '+';

	if (!is_extended && (!is_digit || (!k->num_off && !(k->down & SHIFT))))
		return character(k, keypad[at], out);
	return is_digit && *moves[at] ? sequence("\033[", moves[at], out) : 0;
}

static unsigned main_key(struct ps2_keys *k, uint8_t code, char *out)
{
	char c = code < sizeof(plain) ? plain[code] : 0;
	bool is_letter = c >= 'a' && c <= 'z';

	if (code == 0x56) /* the key that European keyboards have more */
		c = k->down & SHIFT ? '|' : '\\';
	else if (!(k->down & SHIFT) != !(is_letter && k->caps_lock))
		c = c ? shifted[code] : 0;
	if (c)
		return character(k, c, out);
	for (unsigned i = 0; i < ARRAY_SIZE(function_keys); i++)
		if (function_keys[i].code == code)
			return sequence("\033", function_keys[i].text, out);
	return 0;
}

static unsigned pressed(struct ps2_keys *k, uint8_t code, bool is_extended, char *out)
{
	if (code >= CODE_KEYPAD && code <= CODE_KEYPAD_END)
		return keypad_key(k, code, is_extended, out);
	if (is_extended && code != CODE_ENTER && code != CODE_SLASH)
		return 0;
	if (is_extended)
		return character(k, plain[code], out);
	return main_key(k, code, out);
}

unsigned ps2_keys_take(struct ps2_keys *k, uint8_t byte, char out[PS2_KEYS_TEXT])
{
	bool is_extended = k->is_extended;
	uint8_t modifier = modifier_of(byte & 0x7F, is_extended);

	k->is_extended = byte == EXTENDED;
	if (k->skip) {
		k->skip--;
	} else if (byte == PAUSE) {
		k->skip = 2;
	} else if (byte == LOST_LOW || byte == LOST_HIGH) {
		k->down = 0; /* their release may be what was lost */
	} else if (byte & RELEASED) {
		k->down &= (uint8_t)~modifier;
	} else if (modifier) {
		k->caps_lock ^= (modifier & ~k->down) == CAPS_LOCK;
		k->num_off ^= (modifier & ~k->down) == NUM_LOCK;
		k->down |= modifier;
	} else {
		return pressed(k, byte, is_extended, out);
	}
	return 0;
}
