/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the partitions of a disk: MBR and GPT. Nothing on the disk is believed. */
#include "core/partition.h"

#include "core/crc32.h"
#include "core/lib.h"
#include "core/util.h"

/* MBR: four entries and a signature. */
#define MBR_ENTRIES         446u
#define MBR_ENTRY           16u
#define MBR_SIGNATURE       0xAA55u
#define MBR_IS_BOOTABLE     0x80u
#define TYPE_PROTECTIVE     0xEEu
#define TYPE_EXTENDED       0x05u
#define TYPE_EXTENDED_LBA   0x0Fu
#define TYPE_EXTENDED_LINUX 0x85u

/* GPT (UEFI 2.8, 5.3.2): offsets in the header. */
#define GPT_BYTES        12u
#define GPT_CRC          16u
#define GPT_MY_LBA       24u
#define GPT_FIRST_USABLE 40u
#define GPT_LAST_USABLE  48u
#define GPT_ENTRIES_LBA  72u
#define GPT_ENTRIES      80u
#define GPT_ENTRY_BYTES  84u
#define GPT_ENTRIES_CRC  88u
#define GPT_BYTES_MIN    92u
#define GPT_ENTRIES_MAX  1024u /* of them are accepted; 128 are usual */

/* In an entry, after the GUID of its type. */
#define ENTRY_FIRST 32u
#define ENTRY_LAST  40u
#define ENTRY_BYTES 128u

struct type_name {
	uint32_t type; /* of a GUID the first four bytes: these differ */
	const char *name;
};

static const struct type_name mbr_types[] = {
	{0x01, "fat"}, {0x06, "fat"}, {0x07, "ntfs"}, {0x0B, "fat"},
	{0x0C, "fat"}, {0x0E, "fat"}, {0x82, "swap"}, {0x83, "linux"},
	{0x8E, "lvm"}, {0xEF, "efi"}, {0xFD, "raid"},
};

static const struct type_name gpt_types[] = {
	{0x0FC63DAF, "linux"}, {0x0657FD6D, "swap"}, {0xC12A7328, "efi"},  {0xEBD0A0A2, "basic"},
	{0xE6D6D379, "lvm"},   {0xA19D880F, "raid"}, {0x21686148, "bios"}, {0x4F68BCE3, "linux"},
};

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* ---- the list ------------------------------------------------------------------- */

static const char *why_not(const struct partition_scan *s, uint64_t first, uint64_t sectors)
{
	if (!sectors)
		return "it is empty";
	if (!first)
		return "it has the partition table in it";
	if (first >= s->disk_sectors || sectors > s->disk_sectors - first)
		return "it ends beyond the disk";
	for (unsigned i = 0; i < s->count; i++) {
		const struct partition *p = &s->list[i];

		if (!p->why && first < p->first + p->sectors && p->first < first + sectors)
			return "it overlaps another";
	}
	return NULL;
}

static void set_type(struct partition *p, const struct type_name *names, size_t count,
		     uint32_t type)
{
	const char *name = NULL;

	for (size_t i = 0; i < count; i++)
		if (names[i].type == type)
			name = names[i].name;
	snprintf(p->type, sizeof(p->type), name ? "%s" : "%s0x%02x", name ? name : "", type);
}

/* NULL: there are too many. */
static struct partition *add(struct partition_scan *s, unsigned number, uint64_t first,
			     uint64_t sectors)
{
	struct partition *p = &s->list[s->count];

	if (s->count == PARTITIONS_MAX) {
		s->warning = "more partitions than 32";
		return NULL;
	}
	p->number = number;
	p->first = first;
	p->sectors = sectors;
	p->why = why_not(s, first, sectors);
	s->count++;
	return p;
}

static void end(struct partition_scan *s, const char *warning)
{
	s->look = NULL;
	if (warning)
		s->warning = warning;
}

/* Where that is beyond the disk another sector does: it has no signature that would fit. */
static void read_next(struct partition_scan *s, uint64_t sector,
		      void (*look)(struct partition_scan *s, const uint8_t *sector))
{
	s->next = MIN(sector, s->disk_sectors - 1);
	s->look = look;
}

/* ---- GPT ------------------------------------------------------------------------- */

static void look_at_header(struct partition_scan *s, const uint8_t *sector);

/* The header or its entries are no good: the other header, at the disk's end, may be. */
static void gpt_is_bad(struct partition_scan *s)
{
	s->count = 0;
	s->warning = NULL;
	if (s->is_backup) {
		end(s, "GPT: neither table is valid");
		return;
	}
	s->is_backup = true;
	read_next(s, s->disk_sectors - 1, look_at_header);
}

static void add_entry(struct partition_scan *s, unsigned number, const uint8_t *entry)
{
	static const uint8_t unused[16];
	uint64_t first = get64(entry + ENTRY_FIRST), last = get64(entry + ENTRY_LAST);
	struct partition *p;

	if (!memcmp(entry, unused, sizeof(unused)))
		return;
	p = add(s, number, first, last < first ? 0 : last - first + 1);
	if (!p)
		return;
	set_type(p, gpt_types, ARRAY_SIZE(gpt_types), get32(entry));
	if (!p->why && (first < s->usable_first || last > s->usable_last))
		p->why = "it lies outside of the usable sectors";
}

static void look_at_entries(struct partition_scan *s, const uint8_t *sector)
{
	uint32_t n;

	if (!sector) {
		gpt_is_bad(s);
		return;
	}
	n = MIN(BLOCK_SECTOR / s->entry_bytes, s->entries_left);
	s->crc = crc32(s->crc, sector, n * s->entry_bytes);
	for (uint32_t i = 0; i < n; i++)
		add_entry(s, s->next_number++, sector + i * s->entry_bytes);
	s->entries_left -= n;
	s->next++;
	if (s->entries_left)
		return;
	if (s->crc != s->entries_crc)
		gpt_is_bad(s);
	else
		end(s, s->is_backup ? "GPT: the first table is bad, the one at the end is used"
				    : NULL);
}

/* The sum is made with 0 where it is stored itself. */
static uint32_t header_crc(const uint8_t *header, uint32_t bytes)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32(crc32(0, header, GPT_CRC), zero, sizeof(zero));

	return crc32(crc, header + GPT_CRC + 4, bytes - GPT_CRC - 4);
}

static bool header_is_fine(const struct partition_scan *s, const uint8_t *h)
{
	uint32_t bytes = get32(h + GPT_BYTES), each = get32(h + GPT_ENTRY_BYTES);
	uint32_t entries = get32(h + GPT_ENTRIES);
	uint64_t at = get64(h + GPT_ENTRIES_LBA), last = get64(h + GPT_LAST_USABLE);

	if (memcmp(h, "EFI PART", 8) || bytes < GPT_BYTES_MIN || bytes > BLOCK_SECTOR ||
	    header_crc(h, bytes) != get32(h + GPT_CRC) || get64(h + GPT_MY_LBA) != s->next)
		return false;
	if ((each != ENTRY_BYTES && each != 2 * ENTRY_BYTES && each != 4 * ENTRY_BYTES) ||
	    !entries || entries > GPT_ENTRIES_MAX)
		return false;
	return at < s->disk_sectors && entries * each <= (s->disk_sectors - at) * BLOCK_SECTOR &&
	       get64(h + GPT_FIRST_USABLE) <= last && last < s->disk_sectors;
}

static void look_at_header(struct partition_scan *s, const uint8_t *sector)
{
	if (!sector || !header_is_fine(s, sector)) {
		gpt_is_bad(s);
		return;
	}
	s->usable_first = get64(sector + GPT_FIRST_USABLE);
	s->usable_last = get64(sector + GPT_LAST_USABLE);
	s->entry_bytes = get32(sector + GPT_ENTRY_BYTES);
	s->entries_left = get32(sector + GPT_ENTRIES);
	s->entries_crc = get32(sector + GPT_ENTRIES_CRC);
	s->crc = 0;
	s->next_number = 1;
	read_next(s, get64(sector + GPT_ENTRIES_LBA), look_at_entries);
}

/* ---- MBR ------------------------------------------------------------------------- */

struct mbr_entry {
	uint8_t type; /* 0: unused */
	uint32_t first, sectors;
};

static struct mbr_entry mbr_entry(const uint8_t *sector, unsigned i)
{
	const uint8_t *e = sector + MBR_ENTRIES + i * MBR_ENTRY;
	uint32_t sectors = get32(e + 12);

	return (struct mbr_entry){sectors ? e[4] : 0, get32(e + 8), sectors};
}

static bool is_extended(uint8_t type)
{
	return type == TYPE_EXTENDED || type == TYPE_EXTENDED_LBA || type == TYPE_EXTENDED_LINUX;
}

/* A boot sector without a table has the same signature; its bytes there are hardly 0 or 80h. */
static bool is_table(const uint8_t *sector)
{
	for (unsigned i = 0; i < 4; i++)
		if (sector[MBR_ENTRIES + i * MBR_ENTRY] & ~MBR_IS_BOOTABLE)
			return false;
	return (sector[510] | sector[511] << 8) == MBR_SIGNATURE;
}

static void add_mbr(struct partition_scan *s, unsigned number, uint64_t base,
		    const struct mbr_entry *e)
{
	struct partition *p = add(s, number, base + e->first, e->sectors);

	if (p)
		set_type(p, mbr_types, ARRAY_SIZE(mbr_types), e->type);
}

static void look_at_link(struct partition_scan *s, const uint8_t *sector);

/* place: of the next table within the extended partition. */
static void follow(struct partition_scan *s, uint32_t place)
{
	for (unsigned i = 0; i < s->seen_count; i++) {
		if (s->seen[i] == place) {
			end(s, "the chain of logical partitions is a loop");
			return;
		}
	}
	if (s->seen_count == PARTITION_CHAIN) {
		end(s, "the chain of logical partitions is too long");
	} else if (place >= s->extended_sectors || s->extended_first + place >= s->disk_sectors) {
		end(s, "the chain of logical partitions leaves the extended one");
	} else {
		s->seen[s->seen_count++] = place;
		read_next(s, s->extended_first + place, look_at_link);
	}
}

/*
 * A table in the chain: logical partitions, placed from the table on, and a
 * link, placed from the extended partition on. As Linux has it the last two
 * entries may hold rubbish, and an unused one takes no number.
 */
static void look_at_link(struct partition_scan *s, const uint8_t *sector)
{
	struct mbr_entry link = {0}, e;

	if (!sector || !is_table(sector)) {
		end(s, "the chain of logical partitions is broken");
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		e = mbr_entry(sector, i);
		if (is_extended(e.type)) {
			link = link.type ? link : e;
			continue;
		}
		if (e.type && (i < 2 || s->next + e.first + e.sectors <=
						s->extended_first + s->extended_sectors))
			add_mbr(s, s->next_number++, s->next, &e);
	}
	if (link.type)
		follow(s, link.first);
	else
		end(s, NULL);
}

static void look_at_mbr(struct partition_scan *s, const uint8_t *sector)
{
	struct mbr_entry e;

	if (!sector || !is_table(sector)) {
		end(s, sector ? NULL : "the partition table cannot be read");
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		if (mbr_entry(sector, i).type == TYPE_PROTECTIVE) {
			read_next(s, 1, look_at_header);
			return;
		}
	}
	for (unsigned i = 0; i < 4; i++) {
		e = mbr_entry(sector, i);
		if (e.type && !is_extended(e.type)) {
			add_mbr(s, i + 1, 0, &e);
		} else if (e.type && !s->extended_sectors) {
			s->extended_first = e.first;
			s->extended_sectors = e.sectors;
		}
	}
	if (s->extended_sectors)
		follow(s, 0);
	else
		end(s, NULL);
}

/* ---- the scan -------------------------------------------------------------------- */

void partition_scan_init(struct partition_scan *s, uint64_t disk_sectors)
{
	memset(s, 0, sizeof(*s));
	s->disk_sectors = disk_sectors;
	s->next_number = 5;
	if (disk_sectors)
		s->look = look_at_mbr;
}

bool partition_next_read(const struct partition_scan *s, uint64_t *sector)
{
	*sector = s->next;
	return s->look;
}

void partition_feed(struct partition_scan *s, const uint8_t sector[BLOCK_SECTOR])
{
	s->look(s, sector);
}

const struct partition *partition_find(const struct partition_scan *s, unsigned number)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->list[i].number == number && !s->list[i].why)
			return &s->list[i];
	return NULL;
}
