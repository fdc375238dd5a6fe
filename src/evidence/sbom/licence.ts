import parse from "spdx-expression-parse";

/**
 * Most characters of an expression. The parser tries every word at every place, so that its work grows with the
 * square of the length.
 */
const EXPRESSION_LIMIT = 512;
const EXPRESSION_CHARACTERS = /^[A-Za-z0-9.+() -]+$/;

type Expression = ReturnType<typeof parse>;

/**
 * Returns a declared licence as an SPDX expression in one spelling; undefined for all else, such as Debian's
 * `GPL-2+`. A licence is never guessed.
 */
export function spdxExpression(declared: string): string | undefined {
	if (declared.length > EXPRESSION_LIMIT || !EXPRESSION_CHARACTERS.test(declared)) return undefined;
	// Only its own document explains what such a reference stands for.
	if (declared.includes("LicenseRef-")) return undefined;
	try {
		return spell(parse(declared), 0);
	} catch {
		return undefined;
	}
}

/** @param outer precedence of the operator around it: OR 1, AND 2. */
function spell(expression: Expression, outer: number): string {
	if ("license" in expression) {
		const { license, plus, exception } = expression;
		return `${license}${plus ? "+" : ""}${exception ? ` WITH ${exception}` : ""}`;
	}
	const binds = expression.conjunction === "or" ? 1 : 2;
	const [left, right] = [spell(expression.left, binds), spell(expression.right, binds)];
	const text = `${left} ${expression.conjunction.toUpperCase()} ${right}`;
	return binds < outer ? `(${text})` : text;
}
