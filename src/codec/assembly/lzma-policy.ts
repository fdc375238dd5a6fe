// Decides by the look of a block how it is coded: what is not worth trying, and lc, lp, pb.

/** lc, lp and pb of ordinary data. */
export let lc: u32 = 3;
export let lp: u32 = 0;
export let pb: u32 = 2;

export function chooseParameters(_address: u32, _length: u32): void {
	lc = 3;
	lp = 0;
	pb = 2;
}
