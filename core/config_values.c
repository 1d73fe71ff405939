/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the configuration's words take. */
#include "core/config_values.h"

#include "core/config.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/util.h"

#define SNAPSHOT_DEFAULT MIB(16)
#define SNAPSHOT_MIN     KIB(64)
#define SNAPSHOT_MAX     MIB(1024)

static bool is_name(struct slice value)
{
	if (!value.len || value.len >= CONFIG_NAME)
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", value.text[i]))
			return false;
	return true;
}

int config_set_name(const struct option *opt, void *field, struct slice value)
{
	(void)opt;
	return is_name(value) ? slice_copy(value, field, CONFIG_NAME) : -EINVAL;
}

/* com1 to com4, pci0 to pci7. */
static bool is_line(struct slice value)
{
	if (value.len != 4)
		return false;
	return (slice_starts(value, "com") && value.text[3] >= '1' && value.text[3] <= '4') ||
	       (slice_starts(value, "pci") && value.text[3] >= '0' && value.text[3] <= '7');
}

int config_set_console(const struct option *opt, void *field, struct slice value)
{
	uint64_t port;

	(void)opt;
	if (!is_line(value) && !slice_is(value, "none") &&
	    (!slice_starts(value, "0x") || slice_number(value, &port) || !port || port > 0xFFF8))
		return -EINVAL;
	return slice_copy(value, field, sizeof(((struct config *)0)->console));
}

/* The 16550 divides 115200 by a 16-bit number. */
int config_set_baud(const struct option *opt, void *field, struct slice value)
{
	uint64_t baud;

	(void)opt;
	if (slice_number(value, &baud) || baud < 2 || baud > 115200 || 115200 % (uint32_t)baud)
		return -EINVAL;
	*(uint32_t *)field = (uint32_t)baud;
	return 0;
}

int config_set_trace(const struct option *opt, void *field, struct slice value)
{
	(void)opt;
	return trace_words_parse(value, field);
}

int config_set_escape(const struct option *opt, void *field, struct slice value)
{
	(void)opt;
	if (value.len != 2 || value.text[0] != '^' || value.text[1] < 'A' || value.text[1] > '_')
		return -EINVAL;
	*(uint8_t *)field = value.text[1] & 0x1F;
	return 0;
}

/* A list's next part: ro,snapshot=4M has two. False behind the last. */
static bool next_part(struct slice *rest, struct slice *part)
{
	if (!rest->text)
		return false;
	*part = slice_until(*rest, ',');
	*rest = part->len < rest->len ? slice_from(*rest, part->len + 1) : (struct slice){0};
	return true;
}

/* Of "key=value" the value. */
static bool is_keyed(struct slice part, const char *key, struct slice *value)
{
	if (!slice_starts(part, key))
		return false;
	*value = slice_from(part, strlen(key));
	return true;
}

int config_set_or_off(const struct option *opt, void *field, struct slice value)
{
	if (!slice_is(value, "off"))
		return option_number(opt, field, value);
	*(uint32_t *)field = 0;
	return 0;
}

int config_set_on_panic(const struct option *opt, void *field, struct slice value)
{
	static const char *const ends[] = {"halt", "reboot", "poweroff", NULL};
	struct option choice = {.choices = ends};
	struct config_on_panic said = {0};
	struct slice part;

	if (!next_part(&value, &part) || option_choice(&choice, &said.end, part))
		return -EINVAL;
	if (next_part(&value, &part) && option_number(opt, &said.wait_s, part))
		return -EINVAL;
	if (value.text)
		return -EINVAL;
	*(struct config_on_panic *)field = said;
	return 0;
}

int config_set_gdb(const struct option *opt, void *field, struct slice value)
{
	struct config_gdb gdb = {0};
	struct slice part;

	if (!next_part(&value, &part) || !is_line(part))
		return -EINVAL;
	slice_copy(part, gdb.line, sizeof(gdb.line));
	if (next_part(&value, &part) && config_set_name(opt, gdb.guest, part))
		return -EINVAL;
	if (value.text)
		return -EINVAL;
	*(struct config_gdb *)field = gdb;
	return 0;
}

/* The card of "eth2". */
static int card_number(struct slice part, unsigned *card)
{
	struct slice digits;
	uint64_t number;

	if (!is_keyed(part, "eth", &digits) || slice_starts(digits, "0x") ||
	    slice_number(digits, &number) || number > 99)
		return -EINVAL;
	*card = (unsigned)number;
	return 0;
}

int config_add_uplink(const struct option *opt, void *field, struct slice value)
{
	struct config *cfg = field;
	struct config_uplink *u = &cfg->uplinks[cfg->uplink_count];
	struct slice part;

	(void)opt;
	if (cfg->uplink_count == CONFIG_MAX_UPLINKS)
		return -E2BIG;
	*u = (struct config_uplink){0};
	if (!next_part(&value, &part) || config_set_name(opt, u->network, part))
		return -EINVAL;
	if (next_part(&value, &part) && card_number(part, &u->card))
		return -EINVAL;
	if (value.text)
		return -EINVAL;
	cfg->uplink_count++;
	return 0;
}

static int set_snapshot(struct slice size, uint32_t *bytes)
{
	uint64_t value;

	if (*bytes || slice_size(size, &value) || value < SNAPSHOT_MIN || value > SNAPSHOT_MAX ||
	    value % PAGE_SIZE)
		return -EINVAL;
	*bytes = (uint32_t)value;
	return 0;
}

static int set_disk_part(struct config_disk *disk, struct slice part)
{
	struct slice size;

	if (is_keyed(part, "snapshot=", &size))
		return set_snapshot(size, &disk->snapshot_bytes);
	if (slice_is(part, "snapshot") && !disk->snapshot_bytes)
		disk->snapshot_bytes = SNAPSHOT_DEFAULT;
	else if (slice_is(part, "ro") && !disk->read_only)
		disk->read_only = true;
	else
		return -EINVAL;
	return 0;
}

int config_add_disk(const struct option *opt, void *field, struct slice value)
{
	struct config_guest *guest = field;
	struct config_disk *disk = &guest->disks[guest->disk_count];
	struct slice part;

	if (guest->disk_count == CONFIG_MAX_DISKS)
		return -E2BIG;
	*disk = (struct config_disk){0};
	if (!next_part(&value, &part) || config_set_name(opt, disk->name, part))
		return -EINVAL;
	while (next_part(&value, &part))
		if (set_disk_part(disk, part))
			return -EINVAL;
	if (disk->read_only && disk->snapshot_bytes)
		return -EINVAL; /* there would be no writes to keep */
	guest->disk_count++;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Six pairs of digits with colons between; a station's address, so the lowest bit is 0. */
static int set_mac(struct slice text, uint8_t mac[6])
{
	if (text.len != 17)
		return -EINVAL;
	for (unsigned i = 0; i < 6; i++) {
		int high = hex_digit(text.text[3 * i]), low = hex_digit(text.text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && text.text[3 * i + 2] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return mac[0] & 1 ? -EINVAL : 0;
}

static int set_net_part(struct config_net *net, struct slice part)
{
	struct slice mac;

	if (is_keyed(part, "mac=", &mac) && !net->has_mac) {
		net->has_mac = true;
		return set_mac(mac, net->mac);
	}
	if (!slice_is(part, "isolated") || net->isolated)
		return -EINVAL;
	net->isolated = true;
	return 0;
}

int config_add_net(const struct option *opt, void *field, struct slice value)
{
	struct config_guest *guest = field;
	struct config_net *net = &guest->nets[guest->net_count];
	struct slice part;

	if (guest->net_count == CONFIG_MAX_NETS)
		return -E2BIG;
	*net = (struct config_net){0};
	if (!next_part(&value, &part) || config_set_name(opt, net->network, part))
		return -EINVAL;
	while (next_part(&value, &part))
		if (set_net_part(net, part))
			return -EINVAL;
	guest->net_count++;
	return 0;
}

static bool read_side(struct slice digits, uint16_t *side)
{
	uint64_t n;

	if (slice_starts(digits, "0x") || slice_number(digits, &n) || n < 1 || n > 999)
		return false;
	*side = (uint16_t)n;
	return true;
}

int config_set_restarts(const struct option *opt, void *field, struct slice value)
{
	struct config_restarts r = {0};
	struct slice number = slice_until(value, ','), then = slice_from(value, number.len);
	uint64_t max;

	(void)opt;
	if (!slice_is(value, "any")) {
		r.then_poweroff = slice_is(then, ",poweroff");
		if (slice_number(number, &max) || max < 1 || max > CONFIG_RESTARTS_MAX ||
		    (then.len && !r.then_poweroff && !slice_is(then, ",stop")))
			return -EINVAL;
		r.max = (uint32_t)max;
	}
	*(struct config_restarts *)field = r;
	return 0;
}

int config_set_terminal(const struct option *opt, void *field, struct slice value)
{
	struct config_terminal t = {0};
	struct slice cols = slice_until(value, 'x');

	(void)opt;
	t.is_off = slice_is(value, "off");
	if (is_line(value))
		slice_copy(value, t.line, sizeof(t.line));
	else if (!t.is_off && !slice_is(value, "on") &&
		 (cols.len == value.len || !read_side(cols, &t.cols) ||
		  !read_side(slice_from(value, cols.len + 1), &t.rows)))
		return -EINVAL;
	*(struct config_terminal *)field = t;
	return 0;
}
