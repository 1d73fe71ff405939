/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on disks: /dev/vda, and /dev/vdb if there is one. What is on them
 * is lost, so there are none but for /init, whose disks the script made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bench/linux/bench.h"

#define ROUNDS    64
#define LARGE     (64u << 10)
#define SMALL     (4u << 10)
#define DISK_SPAN (4u << 20) /* what is read and written of the disk */

struct access {
	const char *disk;
	bool writes, at_random;
	unsigned bytes;
};

/* O_DIRECT: no cache in between. A disk that is not there, or not ours: -1. */
static int open_disk(const char *disk)
{
	char path[64], numbers[32];
	unsigned major, minor;

	if (getpid() != 1)
		return -1;
	snprintf(path, sizeof(path), "/sys/block/%s/dev", disk);
	if (!read_line(path, numbers, sizeof(numbers)) ||
	    sscanf(numbers, "%u:%u", &major, &minor) != 2)
		return -1;
	snprintf(path, sizeof(path), "/dev/bench-%s", disk);
	if (mknod(path, S_IFBLK | 0600, makedev(major, minor)) && errno != EEXIST)
		die(path);
	return open(path, O_RDWR | O_DIRECT);
}

static unsigned next_random(unsigned *state)
{
	*state = *state * 1664525 + 1013904223; /* the same places in every run */
	return *state >> 8;
}

static unsigned transfer(const struct access *a)
{
	static char buffer[LARGE] __attribute__((aligned(4096)));
	unsigned state = 1, places = DISK_SPAN / a->bytes;
	int fd = open_disk(a->disk);

	if (fd < 0)
		return 0;
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned place = (a->at_random ? next_random(&state) : i) % places;
		off_t at = (off_t)place * a->bytes;
		uint64_t start = ticks();
		ssize_t n = a->writes ? pwrite(fd, buffer, a->bytes, at)
				      : pread(fd, buffer, a->bytes, at);

		samples[i] = ticks() - start;
		if (n != (ssize_t)a->bytes)
			die(a->disk);
	}
	close(fd);
	return ROUNDS;
}

static unsigned do_read_4k(void)
{
	return transfer(&(struct access){.disk = "vda", .bytes = SMALL});
}

static unsigned do_read_random(void)
{
	return transfer(&(struct access){.disk = "vda", .at_random = true, .bytes = SMALL});
}

static unsigned do_read_64k(void)
{
	return transfer(&(struct access){.disk = "vda", .bytes = LARGE});
}

static unsigned do_write_4k(void)
{
	return transfer(&(struct access){.disk = "vda", .writes = true, .bytes = SMALL});
}

static unsigned do_write_random(void)
{
	return transfer(
		&(struct access){.disk = "vda", .writes = true, .at_random = true, .bytes = SMALL});
}

static unsigned do_write_64k(void)
{
	return transfer(&(struct access){.disk = "vda", .writes = true, .bytes = LARGE});
}

static unsigned do_memory_read_4k(void)
{
	return transfer(&(struct access){.disk = "vdb", .bytes = SMALL});
}

static unsigned do_memory_write_64k(void)
{
	return transfer(&(struct access){.disk = "vdb", .writes = true, .bytes = LARGE});
}

const struct operation io_operations[] = {
	{"disk_read_4k", do_read_4k, false},
	{"disk_read_4k_random", do_read_random, false},
	{"disk_read_64k", do_read_64k, false},
	{"disk_write_4k", do_write_4k, false},
	{"disk_write_4k_random", do_write_random, false},
	{"disk_write_64k", do_write_64k, false},
	{"ramdisk_read_4k", do_memory_read_4k, false},
	{"ramdisk_write_64k", do_memory_write_64k, false},
	{NULL, NULL, false},
};
