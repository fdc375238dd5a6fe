// Keeps the lets of a file in registers. V8 keeps locals in registers and globals in memory, and WebAssembly has no
// way to share locals between functions; so functions that share state are as slow as memory, or one function has all
// of it written out. Here every function of such a file is put in place of its calls, and its lets become locals of
// the function that is left with them.
const LETS = /\n \(global (\S+) \(mut (\w+)\) [^\n]*/g;

/** Marks every function of a source for inlining. */
export function inlineFunctions(source) {
	return source.replace(/^(export )?function /gm, "@inline\n$&");
}

/**
 * Makes locals of the lets of `file` in a module's text. They begin as 0, at each call.
 * @throws Error where not exactly one function uses them.
 */
export function moveIntoLocals(text, file) {
	const lets = new Map();
	const withoutLets = text.replace(LETS, (line, name, type) => {
		if (!name.includes(`${file}/`)) return line;
		lets.set(name, type);
		return "";
	});
	const isLet = (name) => lets.has(name);
	const [head, ...functions] = withoutLets.split(/(?=\n \(func )/);
	let users = 0;
	const moved = functions.map((body) => {
		if (!usedGlobals(body).some(isLet)) return body;
		users++;
		const locals = [...lets].map(([name, type]) => `\n  (local ${name} ${type})`).join("");
		return body
			.replace(/^\n[^\n]*/, (signature) => signature + locals)
			.replace(/\bglobal(\.[gs]et) ([^\s()]+)/g, (use, access, name) =>
				isLet(name) ? `local${access} ${name}` : use,
			);
	});
	if (users !== 1) throw new Error(`${file}.ts: move lets into locals: expected one function, got ${users}`);
	return [head, ...moved].join("");
}

function usedGlobals(body) {
	return Array.from(body.matchAll(/\bglobal\.[gs]et ([^\s()]+)/g), ([, name]) => name);
}
