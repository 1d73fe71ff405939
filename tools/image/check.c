/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges a configuration by the hypervisor's own code before anything boots:
 * its parser, its loader of images, its allocator. Runs on the user's machine;
 * tools/gatehouse-image talks to it.
 *
 * Standard input, a line each:
 *	ram BYTES             of the machine, from address 0 on
 *	own START END         where the hypervisor's image lies
 *	words WORD ...        its command line
 *	module FILE<TAB>LINE  as a boot loader would hand it over
 * Standard output, fields with tabs between:
 *	mistake TEXT          what the hypervisor would complain of
 *	guest NAME KIB SHADOW-KIB KERNEL INITRD    files; a - for no initrd
 *	memory FREE-KIB LEFT-KIB LARGEST-KIB       before and behind the guests
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include "boot/boot_info.h"
#include "core/config.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/image.h"

#define LINE_BYTES    8192
#define LOW_MEMORY    0x9F000u
#define LARGE_PAGE    MIB(2)
#define GUEST_KIB     64u /* more than a guest's own structures take */
#define GUEST_DEVICES 32u /* pages; more than the rings of all devices a guest can have */

struct file {
	char path[LINE_BYTES];
	struct image_file image;
};

static struct boot_info info;
static struct config config;
static struct file files[BOOT_MAX_MODULES];
static struct frames memory;
static uint64_t ram_bytes, own_start, own_end;

static void __attribute__((noreturn)) refuse(const char *what, const char *text)
{
	fprintf(stderr, "check: %s: %s\n", what, text);
	exit(2);
}

static void mistake(void *ctx, const char *message)
{
	(void)ctx;
	printf("mistake\t%s\n", message);
}

static struct image_file map_file(const char *path)
{
	struct image_file image = {0};
	struct stat st;
	int fd = open(path, O_RDONLY);
	void *data;

	if (fd < 0 || fstat(fd, &st) != 0)
		refuse(path, "cannot be opened");
	if (st.st_size >= UINT32_MAX)
		refuse(path, "is larger than 4 GiB");
	image.bytes = (uint32_t)st.st_size;
	if (image.bytes) {
		data = mmap(NULL, image.bytes, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED)
			refuse(path, "cannot be read");
		image.data = data;
	}
	close(fd);
	return image;
}

/* As boot loaders do: cut where the hypervisor's array ends, and that is noted. */
static void set_line(char *to, bool *is_cut, const char *from)
{
	size_t n = strnlen(from, BOOT_CMDLINE - 1);

	memcpy(to, from, n);
	to[n] = 0;
	*is_cut = from[n] != 0;
}

/* Modules lie one behind the other above the hypervisor, as loaders put them. */
static void add_module(char *text)
{
	char *line = strchr(text, '\t');
	struct boot_module *m = &info.modules[info.module_count];
	struct file *f = &files[info.module_count];

	if (!line)
		refuse(text, "a module has a file, a tab and a line");
	*line++ = 0;
	if (info.module_count == BOOT_MAX_MODULES) {
		info.dropped_modules++;
		return;
	}
	snprintf(f->path, sizeof(f->path), "%s", text);
	f->image = map_file(text);
	m->start = info.module_count ? ALIGN_UP(m[-1].end, PAGE_SIZE)
				     : ALIGN_UP((hpa_t)own_end, PAGE_SIZE);
	if ((uint64_t)m->start + f->image.bytes > MEMORY_LIMIT) {
		info.bad_modules++;
		return;
	}
	m->end = m->start + f->image.bytes;
	set_line(m->cmdline, &m->cmdline_is_cut, line);
	info.module_count++;
}

static void read_line(char *line)
{
	unsigned long long a, b;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "ram %llu", &a) == 1) {
		ram_bytes = a;
	} else if (sscanf(line, "own %llu %llu", &a, &b) == 2) {
		own_start = a;
		own_end = b;
	} else if (!strncmp(line, "words ", 6)) {
		set_line(info.cmdline, &info.cmdline_is_cut, line + 6);
	} else if (!strncmp(line, "module ", 7)) {
		add_module(line + 7);
	} else {
		refuse(line, "begins with none of ram, own, words, module");
	}
}

/* A PC's memory, as the hypervisor's memory_init() would have it. */
static void lay_out_memory(void)
{
	uint64_t top = MIN(ram_bytes, (uint64_t)MEMORY_LIMIT) & ~(uint64_t)(PAGE_SIZE - 1);
	uint32_t count = (uint32_t)(top >> PAGE_SHIFT);

	frames_init(&memory, calloc(count ? count : 1, 1), count);
	frames_set(&memory, 0, top, FRAME_FREE);
	frames_set(&memory, 0, MIB(1), FRAME_ABSENT);
	frames_set(&memory, own_start, own_end + count, FRAME_HOST);
	for (unsigned i = 0; i < info.module_count; i++)
		frames_set(&memory, info.modules[i].start, info.modules[i].end, FRAME_MODULE);
}

static const struct file *file_at(hpa_t start)
{
	for (unsigned i = 0; i < info.module_count; i++)
		if (info.modules[i].start == start && info.modules[i].end > start)
			return &files[i];
	return NULL;
}

/* What guest_load_step() would say of its kernel and initrd. */
static void check_image(const struct config_guest *g)
{
	static uint8_t low[PAGE_SIZE * 4]; /* where the boot parameters would go */
	static struct image_plan plan;
	struct image_ram ram = {low, g->mem_bytes};
	uint32_t initrd = g->initrd_end - g->initrd_start;
	uint32_t initrd_start = image_initrd_start(&ram, initrd);
	char error[192];

	if (!initrd_start) {
		printf("mistake\tguest \"%s\": its initrd of %u KiB does not fit into mem=%uM\n",
		       g->name, initrd >> 10, g->mem_bytes >> 20);
		return;
	}
	if (image_plan(&ram, &file_at(g->kernel_start)->image, initrd_start, &plan, error,
		       sizeof(error)) != 0 ||
	    image_write_boot_params(&ram, g->cmdline, initrd_start, initrd, error, sizeof(error)) !=
		    0)
		printf("mistake\tguest \"%s\": cannot be loaded: %s\n", g->name, error);
}

/* Of the machine's own disks nothing is known here. */
static void check_disks(const struct config_guest *g)
{
	for (unsigned i = 0; i < g->disk_count; i++) {
		const char *name = g->disks[i].name;
		unsigned n = 0;

		while (n < config.ramdisk_count && strcmp(config.ramdisks[n].name, name) != 0)
			n++;
		if (n == config.ramdisk_count && strncmp(name, "hd", 2) != 0)
			printf("mistake\tguest \"%s\": there is no disk \"%s\": neither one of "
			       "the machine (hd0, hd0p1, ...) nor a module `disk name=%s`\n",
			       g->name, name, name);
	}
}

static uint32_t snapshot_pages(const struct config_guest *g)
{
	uint32_t pages = 0;

	for (unsigned i = 0; i < g->disk_count; i++)
		pages += pages_of(g->disks[i].snapshot_bytes);
	return pages;
}

/* Takes a guest's memory, in the order and sizes of devices_create() and guest_start(). */
static void take_memory(const struct config_guest *g)
{
	uint32_t pool = config_pool_pages(g);
	uint32_t pages = (g->mem_bytes >> PAGE_SHIFT) + GUEST_DEVICES + pool;
	uint32_t align = LARGE_PAGE >> PAGE_SHIFT, snapshots = snapshot_pages(g);
	const struct file *initrd = g->initrd_end ? file_at(g->initrd_start) : NULL;

	printf("guest\t%s\t%u\t%u\t%s\t%s\n", g->name, g->mem_bytes >> 10, pool * 4,
	       file_at(g->kernel_start)->path, initrd ? initrd->path : "-");
	if (!frames_alloc(&memory, GUEST_KIB / 4, 1, FRAME_HOST) ||
	    (snapshots && !frames_alloc(&memory, snapshots, 1, FRAME_HOST)))
		printf("mistake\tguest \"%s\": no memory left for its devices and snapshots (%u "
		       "KiB)\n",
		       g->name, snapshots * 4);
	else if (!frames_alloc(&memory, pages, align, FRAME_GUEST))
		printf("mistake\tguest \"%s\": no %u KiB of memory in one piece for it (mem=%uM, "
		       "and shadow tables); the largest piece left is %u KiB\n",
		       g->name, pages * 4, g->mem_bytes >> 20, frames_largest(&memory, align) * 4);
}

int main(void)
{
	char line[LINE_BYTES];
	uint32_t free_pages;

	while (fgets(line, sizeof(line), stdin))
		read_line(line);
	config_parse(&config, &info, mistake, NULL);
	lay_out_memory();
	free_pages = memory.held[FRAME_FREE];
	for (unsigned i = 0; i < config.guest_count; i++) {
		check_image(&config.guests[i]);
		check_disks(&config.guests[i]);
		take_memory(&config.guests[i]);
	}
	printf("memory\t%u\t%u\t%u\n", free_pages * 4, memory.held[FRAME_FREE] * 4,
	       frames_largest(&memory, LARGE_PAGE >> PAGE_SHIFT) * 4);
	return 0;
}
