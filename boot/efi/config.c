/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI loader's configuration file: lines of a keyword and what belongs to it. */
#include "boot/efi/config.h"

#include "core/errno.h"
#include "core/lib.h"

struct parser {
	struct config *config;
	unsigned line;
	bool has_timeout;
	char *why;
	size_t why_bytes;
};

static int PRINTF_LIKE(2, 3) fail(const struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int used = 0;

	if (p->line)
		used = snprintf(p->why, p->why_bytes, "line %u: ", p->line);
	va_start(ap, fmt);
	vsnprintf(p->why + used, p->why_bytes - (size_t)used, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *skip_blanks(char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

/* Ends the first word of s; returns what follows, without blanks in front. */
static char *cut_word(char *s)
{
	while (*s && !is_blank(*s))
		s++;
	if (*s == '\0')
		return s;
	*s = '\0';
	return skip_blanks(s + 1);
}

static void cut_blanks_at_end(char *s)
{
	size_t len = strlen(s);

	while (len && is_blank(s[len - 1]))
		len--;
	s[len] = '\0';
}

/* Decimal digits and nothing else, at most max; moves *s behind them. */
static bool take_number(const char **s, uint32_t max, uint32_t *value)
{
	const char *start = *s;

	*value = 0;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		*value = *value * 10 + (uint32_t)(**s - '0');
		if (*value > max)
			return false;
	}
	return *s > start;
}

static bool is_number(const char *s, uint32_t max, uint32_t *value)
{
	return take_number(&s, max, value) && *s == '\0';
}

static int take_timeout(struct parser *p, char *rest)
{
	uint32_t seconds;

	if (!is_number(rest, CONFIG_MAX_TIMEOUT_S, &seconds))
		return fail(p, "timeout \"%.40s\": seconds are needed, 0 to %u", rest,
			    CONFIG_MAX_TIMEOUT_S);
	p->config->timeout_s = seconds;
	p->has_timeout = true;
	return 0;
}

static int take_default(struct parser *p, char *rest)
{
	uint32_t number;

	if (!is_number(rest, CONFIG_MAX_ENTRIES, &number) || number == 0)
		return fail(p, "default \"%.40s\": an entry's number is needed, 1 to %u", rest,
			    CONFIG_MAX_ENTRIES);
	p->config->default_entry = number - 1;
	return 0;
}

static int take_screen(struct parser *p, char *rest)
{
	struct config *c = p->config;
	const char *s = rest;

	if (!take_number(&s, UINT16_MAX, &c->width) || *s++ != 'x' ||
	    !is_number(s, UINT16_MAX, &c->height) || c->width == 0 || c->height == 0)
		return fail(p, "screen \"%.40s\": width and height are needed, as in 1024x768",
			    rest);
	return 0;
}

static struct config_entry *last_entry(struct config *c)
{
	return c->entry_count ? &c->entries[c->entry_count - 1] : NULL;
}

static int check_last_entry(const struct parser *p)
{
	const struct config_entry *e = last_entry(p->config);

	if (e && !e->hypervisor.path)
		return fail(p, "the entry \"%.60s\" before has no line \"hypervisor FILE\"",
			    e->title);
	return 0;
}

static int begin_entry(struct parser *p, const char *title)
{
	struct config *c = p->config;
	int err = check_last_entry(p);

	if (err)
		return err;
	if (c->entry_count == CONFIG_MAX_ENTRIES)
		return fail(p, "one entry too many; there may be %u", CONFIG_MAX_ENTRIES);
	c->entries[c->entry_count++] =
		(struct config_entry){.title = title, .first_module = c->module_count};
	return 0;
}

static int take_entry(struct parser *p, char *rest)
{
	if (*rest == '\0')
		return fail(p, "entry: a title for the menu is missing");
	return begin_entry(p, rest);
}

static struct config_file file_of(char *rest)
{
	const char *words = cut_word(rest);

	return (struct config_file){.path = rest, .words = words};
}

static int take_hypervisor(struct parser *p, char *rest)
{
	struct config_entry *e = last_entry(p->config);

	if (*rest == '\0')
		return fail(p, "hypervisor: the name of its file is missing");
	if (!e) {
		int err = begin_entry(p, "Gatehouse");

		if (err)
			return err;
		e = last_entry(p->config);
	}
	if (e->hypervisor.path)
		return fail(p,
			    "the entry \"%.60s\" has a hypervisor; the next entry begins with a "
			    "line \"entry TITLE\"",
			    e->title);
	e->hypervisor = file_of(rest);
	return 0;
}

static int take_module(struct parser *p, char *rest)
{
	struct config *c = p->config;
	struct config_entry *e = last_entry(c);

	if (*rest == '\0')
		return fail(p, "module: the name of a file is missing");
	if (!e || !e->hypervisor.path)
		return fail(p, "module: a line \"hypervisor FILE\" has to come before");
	if (e->module_count == BOOT_MAX_MODULES || c->module_count == CONFIG_MAX_MODULES)
		return fail(p, "one module too many; there may be %u in an entry, %u in all",
			    BOOT_MAX_MODULES, CONFIG_MAX_MODULES);
	e->module_count++;
	c->modules[c->module_count++] = file_of(rest);
	return 0;
}

static const struct keyword {
	const char *name;
	int (*take)(struct parser *p, char *rest);
} keywords[] = {
	{"timeout", take_timeout}, {"default", take_default},       {"screen", take_screen},
	{"entry", take_entry},     {"hypervisor", take_hypervisor}, {"module", take_module},
};

static int take_line(struct parser *p, char *line)
{
	char *word = skip_blanks(line), *rest;

	if (*word == '\0' || *word == '#')
		return 0;
	rest = cut_word(word);
	cut_blanks_at_end(rest);
	for (unsigned i = 0; i < ARRAY_SIZE(keywords); i++)
		if (strcmp(word, keywords[i].name) == 0)
			return keywords[i].take(p, rest);
	return fail(p,
		    "\"%.40s\" is not known; a line begins with #, timeout, default, screen, "
		    "entry, hypervisor or module",
		    word);
}

static int finish(struct parser *p)
{
	struct config *c = p->config;
	int err;

	p->line = 0;
	if (c->entry_count == 0)
		return fail(p, "there is no line \"hypervisor FILE\"");
	err = check_last_entry(p);
	if (err)
		return err;
	if (c->default_entry >= c->entry_count)
		return fail(p, "the default is entry %u, but the last one is %u",
			    c->default_entry + 1, c->entry_count);
	if (!p->has_timeout)
		c->timeout_s = c->entry_count > 1 ? CONFIG_TIMEOUT_S : 0;
	return 0;
}

int config_parse(struct config *config, char *text, size_t bytes, char *why, size_t why_bytes)
{
	static const char byte_order_mark[] = "\xEF\xBB\xBF";
	struct parser p = {.config = config, .why = why, .why_bytes = why_bytes};
	char *line = text;

	memset(config, 0, sizeof(*config));
	text[bytes] = '\0';
	if (strlen(text) != bytes)
		return fail(&p, "it is no plain text; save it as ASCII or UTF-8");
	if (strncmp(line, byte_order_mark, sizeof(byte_order_mark) - 1) == 0)
		line += sizeof(byte_order_mark) - 1;
	while (line) {
		char *end = strchr(line, '\n');
		int err;

		if (end)
			*end = '\0';
		p.line++;
		err = take_line(&p, line);
		if (err)
			return err;
		line = end ? end + 1 : NULL;
	}
	return finish(&p);
}

bool config_full_path(char *out, size_t size, const char *folder, const char *path)
{
	bool is_full = *path == '/' || *path == '\\';

	return (size_t)snprintf(out, size, "%s%s", is_full ? "" : folder, path) < size;
}

bool config_efi_path(uint16_t *out, const char *path)
{
	do {
		if (*path & 0x80)
			return false;
		*out++ = *path == '/' ? '\\' : (uint16_t)*path;
	} while (*path++);
	return true;
}
