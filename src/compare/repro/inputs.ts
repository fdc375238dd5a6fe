import { encodeCanonicalJson, type JsonObject } from "../../ground/json/index.js";
import { type Difference, difference } from "./difference.js";

/** The inputs that decide the bytes of a package: `pvpkg`, `engine`, and the options by name. */
export type Inputs = Readonly<Record<string, string | undefined>>;

/** Value of an option that was not chosen. */
const NOT_CHOSEN = "none";

/** Returns the inputs of a package, with each option under its own name, so that a comparison can name it. */
export function inputsOf({
	pvpkg,
	engine,
	options,
}: {
	readonly pvpkg: string | undefined;
	readonly engine: string;
	readonly options: JsonObject;
}): Inputs {
	const named = [...options].map(([name, value]) => [`option ${name}`, encodeCanonicalJson(value)]);
	return { pvpkg, engine, ...Object.fromEntries(named) };
}

/** Yields the inputs that differ, among those that both sides know. All other differences may follow from them. */
export function* compareInputs(a: Inputs, b: Inputs): Generator<Difference> {
	if (Object.keys(a).length === 0 || Object.keys(b).length === 0) return;
	for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
		const [value, other] = [a, b].map((side) => knownValue(side, name));
		if (value !== undefined && other !== undefined && value !== other) {
			yield difference("inputs", "inputs", name, value, other);
		}
	}
}

/** Returns the value of an input. A missing option was not chosen; any other missing input is unknown. */
function knownValue(inputs: Inputs, name: string): string | undefined {
	const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
	return value ?? (name.startsWith("option ") ? NOT_CHOSEN : undefined);
}
