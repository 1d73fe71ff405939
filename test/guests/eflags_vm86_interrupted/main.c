/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual-8086 mode, which only TCG enters from ring 1, left by a real interrupt: that one counts.
 */
/* expect: success or dead "virtual-8086" */
/* bystander: clock */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const uint8_t loop[] = {0xEB, 0xFE};
	uint8_t *low = phys_to_virt(0x8000);

	memcpy(low, loop, sizeof(loop));
	TRAP_TRY("pushl $0; pushl $0; pushl $0; pushl $0; pushl $0x9000; pushl $0x7000;"
		 "pushl $0x20202; pushl $0; pushl $0x8000; iret", );
}
