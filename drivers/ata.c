/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IDENTIFY DEVICE, and requests as ATA commands. */
#include "drivers/ata.h"

#include "core/util.h"

/* Words of IDENTIFY DEVICE (ACS-3 7.12.7) */
enum {
	ID_CONFIGURATION = 0,
	ID_SERIAL = 10,
	ID_MODEL = 27,
	ID_CAPABILITIES = 49,
	ID_SECTORS = 60,
	ID_COMMAND_SETS = 83,
	ID_SECTORS_48BIT = 100,
	ID_SECTOR_SIZE = 106,
	ID_LOGICAL_WORDS = 117,
	ID_DISCARD = 169,
};

#define CONFIGURATION_NOT_ATA    0x8000
#define CONFIGURATION_CF         0x848A /* a CompactFlash card, which is ATA all the same */
#define CAPABILITIES_DMA_AND_LBA 0x0300
#define SETS_48BIT               0x0400
#define SETS_FLUSH               0x1000
#define SETS_FLUSH_EXT           0x2000
#define SECTOR_IS_SEVERAL        0x2000
#define SECTOR_IS_LONG           0x1000
#define SECTOR_SEVERAL_SHIFT     0x000F
#define SECTOR_SHIFT_MAX         7u /* 64 KiB: more is a lie */
#define DISCARD_IS_TRIM          0x0001

#define SECTORS_MAX_28BIT (1ull << 28)
#define SECTORS_MAX_48BIT (1ull << 48)
#define COUNT_MAX_28BIT   256u
#define COUNT_MAX_48BIT   65536u

#define RANGE_SECTORS 65535u /* ACS-3 7.5.3.2: a range is 48 bits of address, 16 of length */
#define RANGE_SHIFT   48
#define FEATURE_TRIM  0x01

/* Words 83 and 106 mean something when their upper bits are 01. */
static bool has(const uint16_t *words, unsigned word, unsigned bit)
{
	return (words[word] & 0xC000) == 0x4000 && (words[word] & bit);
}

static uint32_t double_word(const uint16_t *words, unsigned at)
{
	return words[at] | (uint32_t)words[at + 1] << 16;
}

/* Texts have the first character in the upper byte and are padded with blanks. */
static void copy_text(char *to, const uint16_t *from, unsigned bytes)
{
	unsigned at = 0, end = 0;

	for (unsigned i = 0; i < bytes; i++) {
		char c = (char)(i & 1 ? from[i / 2] : from[i / 2] >> 8);

		if (c <= ' ' || c > '~')
			c = ' ';
		if (at == 0 && c == ' ')
			continue;
		to[at++] = c;
		if (c != ' ')
			end = at;
	}
	to[end] = '\0';
}

static uint32_t physical_bytes(const uint16_t *words)
{
	unsigned shift = words[ID_SECTOR_SIZE] & SECTOR_SEVERAL_SHIFT;

	if (!has(words, ID_SECTOR_SIZE, SECTOR_IS_SEVERAL) || shift > SECTOR_SHIFT_MAX)
		return BLOCK_SECTOR;
	return BLOCK_SECTOR << shift;
}

static uint64_t sectors(struct ata_disk *d, const uint16_t *words)
{
	uint64_t all = double_word(words, ID_SECTORS_48BIT) |
		       (uint64_t)double_word(words, ID_SECTORS_48BIT + 2) << 32;

	d->has_48bit = has(words, ID_COMMAND_SETS, SETS_48BIT) && all;
	if (d->has_48bit)
		return MIN(all, SECTORS_MAX_48BIT);
	return MIN(double_word(words, ID_SECTORS), SECTORS_MAX_28BIT);
}

static enum ata_code flush_code(const struct ata_disk *d, const uint16_t *words)
{
	if (d->has_48bit && has(words, ID_COMMAND_SETS, SETS_FLUSH_EXT))
		return ATA_FLUSH_EXT;
	return has(words, ID_COMMAND_SETS, SETS_FLUSH) ? ATA_FLUSH : ATA_NOTHING;
}

const char *ata_identify(struct ata_disk *d, const uint16_t *words)
{
	uint16_t configuration = words[ID_CONFIGURATION];

	if ((configuration & CONFIGURATION_NOT_ATA) && configuration != CONFIGURATION_CF)
		return "it is no ATA disk";
	if ((words[ID_CAPABILITIES] & CAPABILITIES_DMA_AND_LBA) != CAPABILITIES_DMA_AND_LBA)
		return "it lacks DMA or LBA";
	if (has(words, ID_SECTOR_SIZE, SECTOR_IS_LONG) &&
	    double_word(words, ID_LOGICAL_WORDS) != BLOCK_SECTOR / 2)
		return "its sectors are not of 512 bytes";
	copy_text(d->block.serial, words + ID_SERIAL, BLOCK_SERIAL - 1);
	copy_text(d->block.model, words + ID_MODEL, BLOCK_MODEL - 1);
	d->block.sectors = sectors(d, words);
	if (!d->block.sectors)
		return "it has no sectors";
	d->block.physical_bytes = physical_bytes(words);
	d->block.can_discard = d->has_48bit && (words[ID_DISCARD] & DISCARD_IS_TRIM);
	d->flush = flush_code(d, words);
	return NULL;
}

bool ata_next_piece(struct ata_cursor *c, struct block_segment *piece)
{
	while (c->segment != c->end && c->skip >= c->segment->bytes)
		c->skip -= c->segment++->bytes;
	if (c->segment == c->end || !c->left)
		return false;
	piece->at = (uint8_t *)c->segment->at + c->skip;
	piece->bytes = MIN(c->segment->bytes - c->skip, c->left);
	c->skip += piece->bytes;
	c->left -= piece->bytes;
	return true;
}

static void use_payload(struct ata_payload *p, struct ata_command *c)
{
	p->segment = (struct block_segment){p->ranges, sizeof(p->ranges)};
	c->data = (struct ata_cursor){&p->segment, &p->segment + 1, 0, sizeof(p->ranges)};
	c->count = 1;
}

static void transfer(const struct ata_disk *d, const struct block_request *r, uint64_t at,
		     uint32_t left, struct ata_command *c)
{
	c->is_48bit = d->has_48bit;
	c->is_write = r->op == BLOCK_WRITE;
	c->sectors = MIN(left, c->is_48bit ? COUNT_MAX_48BIT : COUNT_MAX_28BIT);
	c->data = (struct ata_cursor){r->segments, r->segments + r->count,
				      r->progress * BLOCK_SECTOR, c->sectors * BLOCK_SECTOR};
	c->lba = at;
	c->count = (uint16_t)c->sectors;
	if (c->is_48bit) {
		c->code = c->is_write ? ATA_WRITE_EXT : ATA_READ_EXT;
		return;
	}
	c->code = c->is_write ? ATA_WRITE : ATA_READ;
	c->device |= (uint8_t)(at >> 24 & 0xF);
	c->lba = at & 0xFFFFFF;
	c->count &= 0xFF;
}

static void discard(uint64_t at, uint32_t left, struct ata_payload *p, struct ata_command *c)
{
	c->code = ATA_DISCARD;
	c->features = FEATURE_TRIM;
	c->is_48bit = c->is_write = true;
	for (unsigned i = 0; i < ATA_DISCARD_RANGES; i++) {
		uint32_t n = MIN(left - c->sectors, RANGE_SECTORS);

		p->ranges[i] = n ? (at + c->sectors) | (uint64_t)n << RANGE_SHIFT : 0;
		c->sectors += n;
	}
	use_payload(p, c);
}

void ata_next_command(const struct ata_disk *d, const struct block_request *r,
		      struct ata_payload *payload, struct ata_command *c)
{
	uint64_t at = r->sector + r->progress;
	uint32_t left = ata_total(r) - r->progress;

	*c = (struct ata_command){.code = d->flush, .device = ATA_DEVICE_LBA};
	if (r->op == BLOCK_READ || r->op == BLOCK_WRITE)
		transfer(d, r, at, left, c);
	else if (r->op == BLOCK_DISCARD)
		discard(at, left, payload, c);
	else
		c->is_48bit = d->flush == ATA_FLUSH_EXT;
}

void ata_identify_command(struct ata_payload *payload, struct ata_command *c)
{
	*c = (struct ata_command){.code = ATA_IDENTIFY};
	use_payload(payload, c);
}

uint32_t ata_total(const struct block_request *r)
{
	return r->op == BLOCK_FLUSH ? 0 : r->sectors;
}
