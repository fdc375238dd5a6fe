import { type Difference, difference } from "./difference.js";

/** What decided the bytes of a package: `engine`, `options`, `epoch`, `lock`, and whatever else is known. */
export type Inputs = Readonly<Record<string, string | undefined>>;

/** Yields the inputs that differ, of those that both sides know: all other differences may follow from them. */
export function* compareInputs(a: Inputs, b: Inputs): Generator<Difference> {
	for (const [name, value] of Object.entries(a)) {
		const other = Object.hasOwn(b, name) ? b[name] : undefined;
		if (value !== undefined && other !== undefined && value !== other) {
			yield difference("inputs", "inputs", name, value, other);
		}
	}
}
