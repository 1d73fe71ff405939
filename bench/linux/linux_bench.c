/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a Linux costs its programs, one operation at a time: a static i386
 * program, also fit to be /init. Each line it prints is
 *	BENCH name minimum median samples		in TSC ticks
 * and the last but one BENCH-CLOCK ticks nanoseconds, the same span by both
 * clocks. With QEMU's -icount shift=0 a tick is an instruction.
 *
 * usage: linux_bench [NAME ...]
 *	all operations, or those; also BENCH=NAME,... in the environment. With BENCH_STEP there,
 *	it waits for a line of input before each operation, and says so: BENCH-STEP name
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/linux/bench.h"

#define PAGE 4096
#define SPAN (16u << 20) /* of the munmap of a large piece */

uint64_t samples[SAMPLES_MAX];
static const char *self; /* this program's file, for exec */

void die(const char *what)
{
	printf("BENCH-ERROR %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(1);
}

bool read_line(const char *path, char *to, unsigned size)
{
	FILE *f = fopen(path, "r");
	bool found = f && fgets(to, (int)size, f);

	if (found)
		to[strcspn(to, "\n")] = 0;
	if (f)
		fclose(f);
	return found;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *name, unsigned n)
{
	qsort(samples, n, sizeof(samples[0]), by_value);
	printf("BENCH %s %llu %llu %u\n", name, (unsigned long long)samples[0],
	       (unsigned long long)samples[n / 2], n);
	fflush(stdout);
}

/* Each operation leaves its samples behind and returns how many. */

static unsigned do_getpid(void)
{
	for (unsigned i = 0; i < SAMPLES_MAX; i++) {
		uint64_t start = ticks();
		int number = SYS_getpid;

		__asm__ volatile("int $0x80" : "+a"(number) : : "memory");
		samples[i] = ticks() - start;
	}
	return SAMPLES_MAX;
}

static unsigned do_gettimeofday(void)
{
	struct timeval tv;

	for (unsigned i = 0; i < SAMPLES_MAX; i++) {
		uint64_t start = ticks();

		syscall(SYS_gettimeofday, &tv, NULL);
		samples[i] = ticks() - start;
	}
	return SAMPLES_MAX;
}

static unsigned do_write_null(void)
{
	int fd = open("/dev/null", O_WRONLY);

	if (fd < 0)
		die("/dev/null");
	for (unsigned i = 0; i < SAMPLES_MAX; i++) {
		uint64_t start = ticks();

		if (write(fd, "x", 1) != 1)
			die("write");
		samples[i] = ticks() - start;
	}
	close(fd);
	return SAMPLES_MAX;
}

static char *map(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static unsigned do_page_fault(void)
{
	unsigned n = SAMPLES_MAX;
	volatile char *p = map(n * PAGE);

	for (unsigned i = 0; i < n; i++) {
		uint64_t start = ticks();

		p[i * PAGE] = 1;
		samples[i] = ticks() - start;
	}
	munmap((void *)p, n * PAGE);
	return n;
}

/* A page here and there: no neighbour is ever ready. */
static unsigned do_sparse_touch(void)
{
	unsigned n = 200, step = 64 * PAGE;
	volatile char *p = map(n * step);

	for (unsigned i = 0; i < n; i++) {
		uint64_t start = ticks();

		p[i * step] = 1;
		samples[i] = ticks() - start;
	}
	munmap((void *)p, n * step);
	return n;
}

static unsigned do_munmap_16m(void)
{
	for (unsigned i = 0; i < 5; i++) {
		char *p = map(SPAN);
		uint64_t start;

		for (size_t at = 0; at < SPAN; at += PAGE)
			p[at] = 1;
		start = ticks();
		munmap(p, SPAN);
		samples[i] = ticks() - start;
	}
	return 5;
}

static unsigned do_mmap_touch_munmap(void)
{
	for (unsigned i = 0; i < 200; i++) {
		uint64_t start = ticks();
		char *p = map(PAGE);

		*(volatile char *)p = 1;
		munmap(p, PAGE);
		samples[i] = ticks() - start;
	}
	return 200;
}

static unsigned do_mmap_file(void)
{
	int fd = open(self, O_RDONLY);

	if (fd < 0)
		die(self);
	for (unsigned i = 0; i < 100; i++) {
		uint64_t start = ticks();
		const volatile char *p = mmap(NULL, 16 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

		if (p == MAP_FAILED)
			die("mmap of a file");
		for (unsigned at = 0; at < 16 * PAGE; at += PAGE)
			(void)p[at];
		munmap((void *)p, 16 * PAGE);
		samples[i] = ticks() - start;
	}
	close(fd);
	return 100;
}

static unsigned do_mprotect(void)
{
	char *p = map(PAGE);

	*p = 1;
	for (unsigned i = 0; i < 200; i++) {
		uint64_t start = ticks();

		mprotect(p, PAGE, PROT_READ);
		mprotect(p, PAGE, PROT_READ | PROT_WRITE);
		*(volatile char *)p = 1;
		samples[i] = ticks() - start;
	}
	munmap(p, PAGE);
	return 200;
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	(void)number;
	signals++;
}

static unsigned do_signal(void)
{
	signal(SIGUSR1, on_signal);
	for (unsigned i = 0; i < 500; i++) {
		uint64_t start = ticks();

		kill(getpid(), SIGUSR1);
		samples[i] = ticks() - start;
	}
	return 500;
}

/* A byte round a ring of processes; the sample is one hop and back, or a round. */
static unsigned ring(unsigned processes, unsigned n)
{
	int in[2], out[2], first;
	char c = 0;

	if (pipe(out))
		die("pipe");
	first = out[1];
	for (unsigned i = 1; i < processes; i++) {
		memcpy(in, out, sizeof(in));
		if (pipe(out))
			die("pipe");
		if (fork() == 0) {
			if (i > 1)
				close(first);
			close(in[1]);
			close(out[0]);
			while (read(in[0], &c, 1) == 1)
				if (write(out[1], &c, 1) != 1)
					break;
			_exit(0);
		}
		close(in[0]);
		if (i > 1)
			close(in[1]);
		close(out[1]);
		/* what is left open here: the first one's writing end, the last one's reading end
		 */
		if (i + 1 < processes)
			out[1] = -1;
	}
	for (unsigned i = 0; i < n; i++) {
		uint64_t start = ticks();

		if (write(first, &c, 1) != 1 || read(out[0], &c, 1) != 1)
			die("ring");
		samples[i] = ticks() - start;
	}
	close(first);
	close(out[0]);
	while (wait(NULL) > 0)
		;
	return n;
}

static unsigned do_ping_pong(void)
{
	return ring(2, 300);
}

static unsigned do_ring_8(void)
{
	return ring(8, 100);
}

static unsigned do_ring_32(void)
{
	return ring(32, 50);
}

static unsigned do_fork(void)
{
	for (unsigned i = 0; i < 60; i++) {
		uint64_t start = ticks();
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			die("fork");
		samples[i] = ticks() - start;
	}
	return 60;
}

static unsigned do_fork_exec(void)
{
	for (unsigned i = 0; i < 60; i++) {
		uint64_t start = ticks();
		pid_t child = fork();

		if (child == 0) {
			execl(self, self, "--exit", (char *)NULL);
			_exit(1);
		}
		if (child < 0 || waitpid(child, NULL, 0) != child)
			die("fork");
		samples[i] = ticks() - start;
	}
	return 60;
}

static unsigned do_sleep_1ms(void)
{
	struct timespec ms = {0, 1000000}, settled = {1, 500000000};

	nanosleep(&settled, NULL); /* by then a kernel has chosen the clock it stays with */
	for (unsigned i = 0; i < 50; i++) {
		uint64_t start = ticks();

		nanosleep(&ms, NULL);
		samples[i] = ticks() - start;
	}
	return 50;
}

static const struct operation operations[] = {
	{"getpid", do_getpid, false},
	{"gettimeofday", do_gettimeofday, false},
	{"write_null", do_write_null, false},
	{"page_fault", do_page_fault, false},
	{"sparse_touch", do_sparse_touch, false},
	{"munmap_16m", do_munmap_16m, false},
	{"mmap_touch_munmap", do_mmap_touch_munmap, false},
	{"mmap_file_16", do_mmap_file, false},
	{"mprotect", do_mprotect, false},
	{"signal", do_signal, false},
	{"ping_pong", do_ping_pong, false},
	{"ring_8", do_ring_8, false},
	{"ring_32", do_ring_32, false},
	{"fork_exit_wait", do_fork, false},
	{"fork_exec_wait", do_fork_exec, false},
	{"sleep_1ms", do_sleep_1ms, false},
	{NULL, NULL, false},
};

static void init_system(void)
{
	mkdir("/dev", 0755);
	mkdir("/sys", 0755);
	mount("none", "/sys", "sysfs", 0, NULL);
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3));
	if (fcntl(1, F_GETFD) < 0) {
		int fd = open("/dev/console", O_RDWR);

		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
	}
}

/* names: separated by commas, or NULL. A kernel hands BENCH=... of its command line to /init. */
static bool is_named(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = names; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, length) && strchr(",", at[length]))
			return true;
	}
	return false;
}

static bool chosen(const struct operation *o, int argc, char **argv)
{
	const char *names = getenv("BENCH");
	bool found = argc < 2 && !names && !o->only_if_named;

	for (int i = 1; i < argc; i++)
		found |= !strcmp(o->name, argv[i]);
	return found || is_named(names, o->name);
}

/* Whoever counts from outside begins a new count here. */
static void wait_for_line(const char *name)
{
	char c = 0;

	printf("BENCH-STEP %s\n", name);
	fflush(stdout);
	while (c != '\n' && read(0, &c, 1) == 1)
		;
}

static void run_list(const struct operation *o, int argc, char **argv)
{
	for (; o->name; o++) {
		unsigned n;

		if (!chosen(o, argc, argv))
			continue;
		if (getenv("BENCH_STEP"))
			wait_for_line(o->name);
		n = o->run();
		if (n)
			report(o->name, n);
	}
}

static void run_all(int argc, char **argv)
{
	struct timespec from, to;
	uint64_t start;

	clock_gettime(CLOCK_MONOTONIC, &from);
	start = ticks();
	run_list(operations, argc, argv);
	run_list(io_operations, argc, argv);
	run_list(net_operations, argc, argv);
	if (getenv("BENCH_STEP"))
		wait_for_line("end");
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("BENCH-CLOCK %llu %lld\n", (unsigned long long)(ticks() - start),
	       (long long)(to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec);
	printf("BENCH-END\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--exit"))
		_exit(0);
	self = argv[0];
	if (getpid() == 1) {
		init_system();
		argc = 1; /* what the kernel's command line left over is not for us */
	}
	run_all(argc, argv);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
