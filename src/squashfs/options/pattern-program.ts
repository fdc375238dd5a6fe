import type { PatternNode } from "./pattern-node.js";

/** A step of a program; numbers are indexes of other steps. */
type Step =
	| { readonly kind: "byte"; readonly set: Uint8Array; readonly next: number }
	| { readonly kind: "split"; readonly next: readonly number[] }
	| { readonly kind: "other"; readonly program: Step[]; readonly next: number }
	| { readonly kind: "start" | "end"; readonly next: number }
	| { readonly kind: "accept" };

/** How much work matching may still take; the patterns of one list share it. */
export interface StepBudget {
	left: number;
}

/** Most steps of one pattern, in which repetitions with numbers are expanded. */
const MOST_STEPS = 10_000;
const ACCEPT = 0;

/**
 * Compiles a pattern into a function that returns whether it matches a whole name. It follows all ways to match at
 * once, byte by byte, so that no pattern takes longer than its length times that of the name (an `!(…)` times it
 * again).
 * @throws RangeError for a pattern that is too long; so does the function when the budget is used up.
 */
export function compilePattern(node: PatternNode, budget: StepBudget): (name: string) => boolean {
	const program = assemble(node, { left: MOST_STEPS });
	return (name) => endsOf(program, name, 0, budget)[name.length] === 1;
}

/** Returns the steps of a pattern: the first one accepts, and the last one is the start. */
function assemble(node: PatternNode, room: { left: number }): Step[] {
	const steps: Step[] = [{ kind: "accept" }];
	const add = (step: Step): number => {
		if (--room.left < 0) throw new RangeError(`more than ${MOST_STEPS} steps`);
		return steps.push(step) - 1;
	};
	/** Adds the steps that match a part and continue with `next`. */
	const place = (part: PatternNode, next: number): number => {
		switch (part.kind) {
			case "byte":
				return add({ kind: "byte", set: part.set, next });
			case "sequence":
				return part.parts.reduceRight((after, each) => place(each, after), next);
			case "choice":
				return add({ kind: "split", next: part.options.map((each) => place(each, next)) });
			case "other":
				return add({ kind: "other", program: assemble(part.body, room), next });
			case "repeat":
				return placeRepeat(part, next);
			default:
				return add({ kind: part.kind, next });
		}
	};
	const placeRepeat = ({ body, least, most }: PatternNode & { kind: "repeat" }, next: number): number => {
		let at = next;
		if (Number.isFinite(most)) {
			for (let more = least; more < most; more++) at = add({ kind: "split", next: [place(body, at), next] });
		} else {
			const ways = [next];
			at = add({ kind: "split", next: ways });
			ways.push(place(body, at));
		}
		for (let needed = 0; needed < least; needed++) at = place(body, at);
		return at;
	};
	add({ kind: "split", next: [place(node, ACCEPT)] });
	return steps;
}

/** Returns for each place in a name whether the program matches from `start` to there. */
function endsOf(program: readonly Step[], name: string, start: number, budget: StepBudget): Uint8Array {
	const ends = new Uint8Array(name.length + 1);
	const waiting = new Map<number, number[]>([[start, [program.length - 1]]]);
	for (let at = start; at <= name.length && waiting.size > 0; at++) {
		const seen = new Set<number>();
		const open = waiting.get(at) ?? [];
		waiting.delete(at);
		const wait = (place: number, next: number) => {
			const others = waiting.get(place);
			if (others === undefined) waiting.set(place, [next]);
			else others.push(next);
		};
		for (let place = open.pop(); place !== undefined; place = open.pop()) {
			if (seen.has(place)) continue;
			seen.add(place);
			if (--budget.left < 0) throw new RangeError("too much work for the names of the tree");
			const step = program[place]!;
			if (step.kind === "accept") ends[at] = 1;
			else if (step.kind === "split") open.push(...step.next);
			else if (step.kind === "byte") {
				if (at < name.length && step.set[name.charCodeAt(at)] === 1) wait(at + 1, step.next);
			} else if (step.kind === "other") {
				const matched = endsOf(step.program, name, at, budget);
				if (matched[at] === 0) open.push(step.next);
				for (let end = at + 1; end <= name.length; end++) if (matched[end] === 0) wait(end, step.next);
			} else if (at === (step.kind === "start" ? 0 : name.length)) open.push(step.next);
		}
	}
	return ends;
}
