import * as z from "zod/mini";

/** Explains in English why a schema refuses a value. By itself, zod/mini only says "Invalid input". */
export const explainIssue: z.core.$ZodErrorMap = z.locales.en().localeError;
