import { readProgramFile } from "../ground/files/index.js";

// The used parts of the global, which the ES library and @types/node do not declare.
declare namespace WebAssembly {
	class Module {
		constructor(bytes: Uint8Array);
	}
	function validate(bytes: Uint8Array): boolean;
	class Instance {
		constructor(module: Module);
		readonly exports: Record<string, unknown> & { readonly memory: { readonly buffer: ArrayBuffer } };
	}
}

/** One instance of a module of `assembly/`: its functions, and its own memory. */
export class WasmInstance<Functions> {
	/** The exports of the module, by their names in its AssemblyScript entry file. */
	readonly functions: Functions;
	readonly #memory: { readonly buffer: ArrayBuffer };
	#view: Uint8Array;

	private constructor(instance: WebAssembly.Instance) {
		this.functions = instance.exports as Functions;
		this.#memory = instance.exports.memory;
		this.#view = new Uint8Array(this.#memory.buffer);
	}

	/**
	 * Instantiates `NAME.wasm`, which the build puts beside this file, or `NAME-scalar.wasm` if the machine has
	 * no SIMD. Both give the same bytes. The modules import nothing. Each thread compiles a module once, for any
	 * number of instances.
	 */
	static open<Functions>(name: string): WasmInstance<Functions> {
		const variant = hasSimd() ? name : `${name}-scalar`;
		return new WasmInstance<Functions>(new WebAssembly.Instance(compiledModule(variant)));
	}

	/** Returns the whole memory. Call it again after a call that may have grown the memory. */
	get memory(): Uint8Array {
		if (this.#view.buffer !== this.#memory.buffer) this.#view = new Uint8Array(this.#memory.buffer);
		return this.#view;
	}
}

/** A module of one function without parameters that returns i8x16.splat(i32.const 0). */
const SIMD_PROBE = Uint8Array.from(
	[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
		.concat([1, 5, 1, 0x60, 0, 1, 0x7b])
		.concat([3, 2, 1, 0])
		.concat([10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f, 0x0b]),
);

/** Returns whether WebAssembly has SIMD on this machine. V8 has none on processors before SSE4.1. */
function hasSimd(): boolean {
	return WebAssembly.validate(SIMD_PROBE);
}

const modules = new Map<string, WebAssembly.Module>();

function compiledModule(name: string): WebAssembly.Module {
	let module = modules.get(name);
	if (module === undefined) {
		module = new WebAssembly.Module(readProgramFile(`${name}.wasm`, import.meta.url));
		modules.set(name, module);
	}
	return module;
}
