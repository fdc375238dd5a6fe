import { readProgramFile } from "../ground/files/index.js";

// What this file uses of the global; the ES library and @types/node do not declare it.
declare namespace WebAssembly {
	class Module {
		constructor(bytes: Uint8Array);
	}
	class Instance {
		constructor(module: Module);
		readonly exports: Record<string, unknown> & { readonly memory: { readonly buffer: ArrayBuffer } };
	}
}

/** One instance of a module of `assembly/`: its functions over a memory of its own. */
export class WasmInstance<Functions> {
	/** What the module exports, by the names of its AssemblyScript entry file. */
	readonly functions: Functions;
	readonly #memory: { readonly buffer: ArrayBuffer };
	#view: Uint8Array;

	private constructor(instance: WebAssembly.Instance) {
		this.functions = instance.exports as Functions;
		this.#memory = instance.exports.memory;
		this.#view = new Uint8Array(this.#memory.buffer);
	}

	/**
	 * Instantiates `NAME.wasm`, which the build puts beside this file. The modules import
	 * nothing. Each thread compiles a module once, however many instances it opens.
	 */
	static open<Functions>(name: string): WasmInstance<Functions> {
		return new WasmInstance<Functions>(new WebAssembly.Instance(compiledModule(name)));
	}

	/** The whole memory; ask again after a call that may have grown it. */
	get memory(): Uint8Array {
		if (this.#view.buffer !== this.#memory.buffer) this.#view = new Uint8Array(this.#memory.buffer);
		return this.#view;
	}
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
