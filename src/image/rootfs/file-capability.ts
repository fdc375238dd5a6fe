/** Bytes of a file capability by its revision, the highest byte of its first word (linux/capability.h). */
const SIZES: ReadonlyMap<number, number> = new Map([
	[1, 12],
	[2, 20],
	[3, 24],
]);

/**
 * Returns whether the value of `security.capability` has a form that kernels read. They refuse to start a program
 * whose capability has another revision or another size, with "Invalid argument".
 */
export function isFileCapability(value: Uint8Array): boolean {
	return value.length >= 4 && SIZES.get(value[3]!) === value.length;
}
