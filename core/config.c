/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the hypervisor's command line and the module lines into struct config. */
#include "core/config.h"

#include "core/config_values.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/options.h"
#include "core/util.h"

/* Every module may be a guest, so the guest table cannot overflow. */
_Static_assert(CONFIG_MAX_GUESTS >= BOOT_MAX_MODULES, "a slot for every module");
/* NOLINTNEXTLINE(misc-redundant-expression): that they are the same is the point */
_Static_assert(CONFIG_MEM_MIN == MIB(1) && CONFIG_MEM_MAX == MIB(2048), "the text of mem=");
_Static_assert(CONFIG_NAME == 16, "the text of name=");

#define MESSAGE_BYTES 512
#define SHOWN_CHARS   100 /* of a line, in messages */

struct parser {
	struct config *cfg;
	const struct boot_info *bi;
	config_complain_fn *complain;
	void *ctx;
	unsigned complaints;
	unsigned guest_lines;
	char where[SHOWN_CHARS + 48]; /* how messages about the current line begin */
};

struct initrd_line {
	char guest[CONFIG_NAME];
};

struct disk_line {
	char name[CONFIG_NAME];
};

static const char *const on_off[] = {"off", "on", NULL};
static const char *const auto_on[] = {"auto", "on", NULL};
static const char *const on_is_false[] = {"on", "off", NULL};
static const char *const log_levels[] = {"error", "warn", "info", "debug", NULL};
static const char *const idle_actions[] = {"wait", "poweroff", "reboot", NULL};
static const char *const crash_kinds[] = {"none", "stack", "null", "text",
					  "exec", "ud",    "hang", NULL};
static const char *const nmi_actions[] = {"report", "panic", "ignore", NULL};
static const char *const crash_actions[] = {"stop", "restart", "poweroff", NULL};
static const char *const tsc_modes[] = {"auto", "on", "off", NULL};

#define OPTION(type, name, member, setter, allowed, ...)                                           \
	{                                                                                          \
		.key = name, .offset = offsetof(type, member), .set = setter, .takes = allowed,    \
		##__VA_ARGS__                                                                      \
	}
#define HOST(...)  OPTION(struct config, __VA_ARGS__)
#define GUEST(...) OPTION(struct config_guest, __VA_ARGS__)
/* May be given several times; the setter gets the whole object. */
#define ADDS(name, setter, allowed)                                                                \
	{                                                                                          \
		.key = name, .set = setter, .takes = allowed, .repeats = true                      \
	}

static const struct option host_options[] = {
	HOST("console", console, config_set_console,
	     "com1 to com4, pci0 to pci7, none, or a port such as 0x3f8"),
	HOST("baud", baud, config_set_baud,
	     "a divisor of 115200 from 2 up, such as 115200 or 9600"),
	HOST("colour", colour, option_bool, "on or off", .choices = on_off),
	HOST("vga", vga, option_bool, "on or off", .choices = on_off),
	HOST("keyboard", keyboard, option_choice, "auto, on or off", .choices = tsc_modes),
	HOST("escape", escape, config_set_escape,
	     "a control character ^A to ^Z or ^[ to ^_, such as ^]"),
	HOST("log", log_level, option_choice, "error, warn, info or debug", .choices = log_levels),
	HOST("on-idle", on_idle, option_choice, "wait, poweroff or reboot",
	     .choices = idle_actions),
	HOST("on-panic", on_panic, config_set_on_panic,
	     "halt, reboot or poweroff, and maybe ,SECONDS (to 3600) to wait before that",
	     .max = 3600),
	HOST("on-nmi", on_nmi, option_choice, "report, panic or ignore", .choices = nmi_actions),
	HOST("nmi-watchdog", nmi_watchdog_s, config_set_or_off, "seconds from 1 to 60, or off",
	     .min = 1, .max = 60),
	HOST("disks", all_disks, option_bool, "auto or on", .choices = auto_on),
	HOST("previous", hides_previous, option_bool, "on or off", .choices = on_is_false),
	HOST("crash", crash, option_choice, "none, stack, null, text, exec, ud or hang",
	     .choices = crash_kinds),
	HOST("ioapic", ioapic, option_choice, "auto, on or off", .choices = tsc_modes),
	ADDS("uplink", config_add_uplink, "NETWORK or NETWORK,ethN, for at most 4 cards"),
	HOST("trace", trace, config_set_trace, TRACE_WORDS),
	HOST("gdb", gdb, config_set_gdb,
	     "com1 to com4 or pci0 to pci7, and maybe ,GUEST behind it"),
	HOST("gdb-wait", gdb_wait, config_set_name, "the name of a guest"),
	HOST("test", test, NULL, "no value"),
	{.key = NULL},
};

static const struct option guest_options[] = {
	GUEST("name", name, config_set_name, "1 to 15 characters out of a-z, 0-9, _ and -"),
	GUEST("mem", mem_bytes, option_size, "a size from 1M to 2048M in whole pages, such as 64M",
	      .min = CONFIG_MEM_MIN, .max = CONFIG_MEM_MAX),
	GUEST("weight", weight, option_number, "a number from 1 to 10000", .min = 1,
	      .max = CONFIG_WEIGHT_MAX),
	GUEST("shadow", shadow_pages, option_pages,
	      "a size from 256K to 64M in whole pages, such as 1M", .min = KIB(256),
	      .max = MIB(64)),
	GUEST("on-crash", on_crash, option_choice, "stop, restart or poweroff",
	      .choices = crash_actions),
	GUEST("restarts", restarts, config_set_restarts,
	      "a number from 1 to 30 and maybe ,stop or ,poweroff behind it, or any"),
	GUEST("watchdog", watchdog_ms, option_number, "milliseconds from 10 to 600000", .min = 10,
	      .max = 600000),
	GUEST("tsc", tsc, option_choice, "auto, on or off", .choices = tsc_modes),
	GUEST("console", console, config_set_terminal,
	      "on, off, a line of its own (com1 to com4, pci0 to pci7), or columns and rows as in "
	      "80x25"),
	GUEST("rng", no_rng, option_bool, "on or off", .choices = on_is_false),
	GUEST("fast", no_fast, option_bool, "on or off", .choices = on_is_false),
	ADDS("disk", config_add_disk,
	     "NAME[,ro|,snapshot[=SIZE]], SIZE 64K to 1024M; at most 4 disks"),
	ADDS("net", config_add_net, "NETWORK[,isolated][,mac=02:00:00:00:00:01]; at most 2"),
	{.key = NULL},
};

static const struct option initrd_options[] = {
	OPTION(struct initrd_line, "guest", guest, config_set_name, "the name of a guest"),
	{.key = NULL},
};

static const struct option disk_options[] = {
	OPTION(struct disk_line, "name", name, config_set_name,
	       "1 to 15 characters out of a-z, 0-9, _ and -"),
	{.key = NULL},
};

/* One complaint; nothing unprintable of a line reaches the console. */
static void PRINTF_LIKE(2, 3) mistake(struct parser *p, const char *fmt, ...)
{
	char message[MESSAGE_BYTES], *c;
	size_t len = (size_t)snprintf(message, sizeof(message), "%s", p->where);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message + len, sizeof(message) - len, fmt, ap);
	va_end(ap);
	for (c = message; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	p->complaints++;
	p->complain(p->ctx, message);
}

/* Messages from here on are about module number index (from 1), or about the whole. */
static void about_module(struct parser *p, unsigned index, const char *text)
{
	const char *dots = strlen(text) > SHOWN_CHARS ? "..." : "";

	snprintf(p->where, sizeof(p->where), "module %u (%.*s%s): ", index + 1, SHOWN_CHARS, text,
		 dots);
}

static void about_guest(struct parser *p, const char *name)
{
	size_t len = strlen(p->where);

	snprintf(p->where + len, sizeof(p->where) - len, "guest \"%s\": ", name);
}

/*
 * qemu -kernel puts a file path in front of the command line and of every
 * module string and a blank behind it, always; GRUB 2 hands over the bare
 * words, GRUB legacy and others a path. So exactly one leading word goes when
 * the loader is qemu, or when it is no keyword and has a slash in it. Any
 * other unknown word is the user's and gets its complaint.
 */
static struct slice skip_path(const struct boot_info *bi, const char *line, bool first_is_keyword)
{
	struct slice rest = slice_of(line);
	struct slice word = slice_next_word(&rest);

	if (!strncmp(bi->loader, "qemu", 4))
		return rest;
	if (!first_is_keyword && slice_has(word, '/'))
		return rest;
	return slice_of(line);
}

static bool is_module_keyword(struct slice word)
{
	return slice_is(word, "guest") || slice_is(word, "initrd") || slice_is(word, "disk");
}

/* The options of module line index; *kind gets its first word, empty if it has none. */
static struct slice module_words(const struct boot_info *bi, unsigned index, struct slice *kind)
{
	const char *line = bi->modules[index].cmdline;
	struct slice rest = slice_of(line);

	rest = skip_path(bi, line, is_module_keyword(slice_next_word(&rest)));
	*kind = slice_next_word(&rest);
	return rest;
}

static void complain_option(struct parser *p, const struct option *table, const struct option *opt,
			    struct slice word, int error)
{
	char known[320];

	if (error == -EEXIST) {
		mistake(p, "%s is given twice; give it once", opt->key);
	} else if (error == -ENOENT) {
		option_list(table, known, sizeof(known));
		mistake(p, "unknown word \"%.*s\"; known are %s", SLICE_ARG(word), known);
	} else {
		mistake(p, "\"%.*s\" is not allowed; %s%s takes %s", SLICE_ARG(word), opt->key,
			opt->set ? "=" : "", opt->takes);
	}
}

/* Reads options up to the end or to --, which is taken. Stops at the first mistake. */
static int parse_options(struct parser *p, const struct option *table, void *object,
			 struct slice *rest, bool *has_cmdline)
{
	uint32_t seen = 0;

	*has_cmdline = false;
	for (;;) {
		const struct option *opt = NULL;
		struct slice word = slice_next_word(rest);
		int error;

		if (!word.len)
			return 0;
		if (slice_is(word, "--")) {
			*has_cmdline = true;
			return 0;
		}
		error = option_apply(table, object, word, &seen, &opt);
		if (error) {
			complain_option(p, table, opt, word, error);
			return error;
		}
	}
}

/* The name a guest line asks for if that is a good one, else guestN. */
static void guest_line_name(struct slice rest, unsigned number, char *name)
{
	struct slice word;

	snprintf(name, CONFIG_NAME, "guest%u", number);
	for (word = slice_next_word(&rest); word.len && !slice_is(word, "--");
	     word = slice_next_word(&rest)) {
		if (!slice_starts(word, "name="))
			continue;
		config_set_name(NULL, name, slice_from(word, strlen("name=")));
		return;
	}
}

static struct config_guest *find_guest(struct config *cfg, const char *name)
{
	unsigned i;

	for (i = 0; i < cfg->guest_count; i++)
		if (!strcmp(cfg->guests[i].name, name))
			return &cfg->guests[i];
	return NULL;
}

/* Whether a guest line that was dropped for another mistake asked for this name. */
static bool was_dropped(const struct boot_info *bi, const char *name)
{
	char asked[CONFIG_NAME];
	struct slice kind, rest;
	unsigned i, number = 0;

	for (i = 0; i < bi->module_count; i++) {
		rest = module_words(bi, i, &kind);
		if (!slice_is(kind, "guest"))
			continue;
		guest_line_name(rest, ++number, asked);
		if (!strcmp(asked, name))
			return true;
	}
	return false;
}

/* The parts of a module both kinds need: not cut off by the loader, not empty. */
static int check_module(struct parser *p, const struct boot_module *module)
{
	if (module->cmdline_is_cut) {
		mistake(p, "the line is cut off; it may have at most %u characters",
			BOOT_CMDLINE - 1);
		return -E2BIG;
	}
	if (module->end <= module->start) {
		mistake(p, "the file is empty; name one with something in it");
		return -EINVAL;
	}
	return 0;
}

static int set_cmdline(struct parser *p, struct config_guest *guest, struct slice rest)
{
	struct slice text = slice_trim_left(rest);

	if (!slice_copy(text, guest->cmdline, sizeof(guest->cmdline)))
		return 0;
	mistake(p, "the command line behind -- has %u characters; at most %u are allowed",
		(unsigned)text.len, CONFIG_CMDLINE - 1);
	return -E2BIG;
}

/* The guest takes its slot for good only when all of its line is right. */
static void parse_guest(struct parser *p, const struct boot_module *module, struct slice rest)
{
	struct config_guest *guest = &p->cfg->guests[p->cfg->guest_count];
	bool has_cmdline;

	*guest = (struct config_guest){
		.mem_bytes = MIB(16),
		.weight = CONFIG_WEIGHT_DEFAULT,
		.restarts = {.max = CONFIG_RESTARTS_DEFAULT},
		.kernel_start = module->start,
		.kernel_end = module->end,
	};
	guest_line_name(rest, ++p->guest_lines, guest->name);
	about_guest(p, guest->name);
	if (check_module(p, module))
		return;
	if (parse_options(p, guest_options, guest, &rest, &has_cmdline))
		return;
	if (has_cmdline && set_cmdline(p, guest, rest))
		return;
	if (find_guest(p->cfg, guest->name)) {
		mistake(p, "another guest has this name; give this one another by name=");
		return;
	}
	p->cfg->guest_count++;
}

static void attach_initrd(struct parser *p, const struct boot_module *module, const char *name)
{
	struct config_guest *guest = find_guest(p->cfg, name);

	if (!guest) {
		if (!was_dropped(p->bi, name))
			mistake(p, "no module line starts a guest of this name");
	} else if (guest->initrd_end) {
		mistake(p, "the guest has an initrd already; one is allowed");
	} else {
		guest->initrd_start = module->start;
		guest->initrd_end = module->end;
	}
}

static void parse_initrd(struct parser *p, const struct boot_module *module, struct slice rest)
{
	struct initrd_line line = {0};
	bool has_cmdline;

	if (check_module(p, module))
		return;
	if (parse_options(p, initrd_options, &line, &rest, &has_cmdline))
		return;
	if (has_cmdline) {
		mistake(p, "an initrd has no command line; put -- behind the guest's options");
		return;
	}
	if (!line.guest[0]) {
		mistake(p, "an initrd must say whose it is; add guest=NAME");
		return;
	}
	about_guest(p, line.guest);
	attach_initrd(p, module, line.guest);
}

static bool ramdisk_exists(const struct config *cfg, const char *name)
{
	for (unsigned i = 0; i < cfg->ramdisk_count; i++)
		if (!strcmp(cfg->ramdisks[i].name, name))
			return true;
	return false;
}

static void parse_ramdisk(struct parser *p, const struct boot_module *module, struct slice rest)
{
	struct disk_line line = {0};
	bool has_cmdline;

	if (check_module(p, module) || parse_options(p, disk_options, &line, &rest, &has_cmdline))
		return;
	if (has_cmdline || !line.name[0])
		mistake(p, "a disk takes name=NAME, by which guests have it, and nothing else");
	else if (slice_starts(slice_of(line.name), "hd"))
		mistake(p, "\"%s\" is not allowed; names in hd are the machine's own disks",
			line.name);
	else if (ramdisk_exists(p->cfg, line.name))
		mistake(p, "another disk is named \"%s\"; give this one another name", line.name);
	else if (p->cfg->ramdisk_count == CONFIG_MAX_RAMDISKS)
		mistake(p, "more than the %u disks that are allowed", CONFIG_MAX_RAMDISKS);
	else {
		struct config_ramdisk *d = &p->cfg->ramdisks[p->cfg->ramdisk_count++];

		*d = (struct config_ramdisk){.start = module->start, .end = module->end};
		slice_copy(slice_of(line.name), d->name, sizeof(d->name));
	}
}

/* Guests first, so that an initrd may stand before its guest. */
static void parse_modules(struct parser *p, bool initrds)
{
	struct slice kind, rest;
	unsigned i;

	for (i = 0; i < p->bi->module_count; i++) {
		const struct boot_module *module = &p->bi->modules[i];

		rest = module_words(p->bi, i, &kind);
		about_module(p, i, module->cmdline);
		if (slice_is(kind, "initrd") && initrds)
			parse_initrd(p, module, rest);
		else if (slice_is(kind, "guest") && !initrds)
			parse_guest(p, module, rest);
		else if (slice_is(kind, "disk") && !initrds)
			parse_ramdisk(p, module, rest);
		else if (!is_module_keyword(kind) && !initrds)
			mistake(p, "the line must begin with guest, initrd or disk, not \"%.*s\"",
				SLICE_ARG(kind));
	}
}

static void set_defaults(struct config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	snprintf(cfg->console, sizeof(cfg->console), "com1");
	cfg->baud = 115200;
	cfg->nmi_watchdog_s = 10;
	cfg->vga = true;
	cfg->escape = 0x1D;
	cfg->log_level = LOG_INFO;
}

/* A wrong word is left out and the rest still counts: the machine should come up. */
static void parse_host(struct parser *p)
{
	const char *line = p->bi->cmdline;
	struct slice rest = slice_of(line), word = slice_next_word(&rest);
	const struct option *opt;
	uint32_t seen = 0;
	int error;

	snprintf(p->where, sizeof(p->where), "hypervisor command line: ");
	if (p->bi->cmdline_is_cut) {
		mistake(p, "it is cut off and not used; at most %u characters are allowed",
			BOOT_CMDLINE - 1);
		return;
	}
	rest = skip_path(p->bi, line, option_find(host_options, word) != NULL);
	for (word = slice_next_word(&rest); word.len; word = slice_next_word(&rest)) {
		error = option_apply(host_options, p->cfg, word, &seen, &opt);
		if (error)
			complain_option(p, host_options, opt, word, error);
	}
}

/* Modules that did not even get a line. */
static void complain_lost_modules(struct parser *p)
{
	const struct boot_info *bi = p->bi;

	snprintf(p->where, sizeof(p->where), "modules: ");
	if (bi->dropped_modules)
		mistake(p, "%u more than the %u that are allowed; the last ones are ignored",
			bi->dropped_modules, BOOT_MAX_MODULES);
	if (bi->bad_modules)
		mistake(p, "%u with an address range below its start or above 4 GiB; left out",
			bi->bad_modules);
}

unsigned config_parse(struct config *cfg, const struct boot_info *bi, config_complain_fn *complain,
		      void *ctx)
{
	struct parser p = {.cfg = cfg, .bi = bi, .complain = complain, .ctx = ctx};

	set_defaults(cfg);
	parse_host(&p);
	parse_modules(&p, false);
	parse_modules(&p, true);
	complain_lost_modules(&p);
	return p.complaints;
}
