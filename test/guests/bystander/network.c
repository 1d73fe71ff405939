/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bystander's card, where it has one: frames to the other bystander, who sends each back. */
#include "test/guests/bystander/bystander.h"
#include "test/guests/lib/gnet.h"

#define HELLO_NS (20ull * NSEC_PER_MSEC)
#define LOST_NS  (2ull * NSEC_PER_SEC) /* after that it does not come any more */
#define MEET_NS  (3ull * NSEC_PER_SEC) /* by then the other one has been heard of */
#define FIRST    1u                    /* so that no number is 0 */

/* Who is who, see test/boot/packs.py: their cards' addresses end so. */
#define WITH_PAE    9u
#define WITHOUT_PAE 8u

static struct gnet g;
static struct gnet_frame out, back, in;
static uint16_t out_head, back_head;
static bool is_there, is_away, out_is_offered, back_is_offered;
static uint32_t number = FIRST, lost, strangers;
static uint64_t begun_ns, since_ns;

static unsigned other(void)
{
	return pt_is_pae() ? WITHOUT_PAE : WITH_PAE;
}

static uint32_t size_of(uint32_t n)
{
	return 60 + n * 131 % (1514 - 60);
}

void network_begin(void)
{
	is_there =
		gvirtio_find(&g.d, pt_is_pae() ? &gvirtio_lgbus : &gvirtio_pci, VIRTIO_ID_NET, 0);
	if (!is_there)
		return;
	g.buffers = phys_to_virt(boot_alloc_pages(GNET_BUFFERS * GNET_BUFFER / PAGE_SIZE));
	gnet_start(&g, 0);
	begun_ns = now_ns();
}

static void take_sent(void)
{
	struct vring_used_elem e;

	while (gqueue_take(&g.d.queues[GNET_TX], &e)) {
		CHECK((out_is_offered && e.id == out_head) ||
			      (back_is_offered && e.id == back_head),
		      "a frame %u was sent that nobody offered", e.id);
		if (out_is_offered && e.id == out_head)
			out_is_offered = false;
		else
			back_is_offered = false;
	}
}

/* The one answer that is due, whole. */
static void take_answer(void)
{
	if (gnet_number_of(&in) != number)
		return; /* given up too early */
	gnet_check(&in, GNET_REPORT, number, size_of(number));
	is_away = false;
	number++;
}

static void send_back(void)
{
	uint32_t n = gnet_number_of(&in);

	gnet_check(&in, GNET_ECHO, n, size_of(n));
	take_sent(); /* since the last look, too: the answer that this one follows is gone */
	if (back_is_offered)
		return;
	gnet_make(&g, &back, other(), GNET_REPORT, n, in.bytes);
	back_head = gnet_offer(&g, &back);
	back_is_offered = true;
}

static void receive(void)
{
	while (gnet_take(&g, &in)) {
		if (!gnet_is_from(&in, other()))
			strangers++;
		else if (gnet_kind_of(&in) == GNET_REPORT)
			take_answer();
		else
			send_back();
	}
}

/* Until the first answer the other one may not be there yet. */
static void send(void)
{
	uint64_t waited = now_ns() - since_ns;

	if (out_is_offered || (is_away && waited < (number == FIRST ? HELLO_NS : LOST_NS)))
		return;
	if (is_away && number != FIRST) {
		lost++;
		number++;
	}
	gnet_make(&g, &out, other(), GNET_ECHO, number, size_of(number));
	out_head = gnet_offer(&g, &out);
	out_is_offered = is_away = true;
	since_ns = now_ns();
}

void network_check(void)
{
	if (!is_there)
		return;
	take_sent();
	receive();
	send();
}

/*
 * Without strangers nothing is lost. With them a frame may be: what a switch
 * has no room for it drops, but no sender gets more than its share.
 */
void network_end(void)
{
	uint32_t allowed = strangers ? 2 + number / 10 : 0;

	if (!is_there)
		return;
	printf("network: %u frames, %u lost, %u of strangers\n", number - FIRST, lost, strangers);
	CHECK(number != FIRST || now_ns() - begun_ns < MEET_NS, "nothing of the other bystander");
	CHECK(lost <= allowed, "%u of %u frames are lost", lost, number);
}
