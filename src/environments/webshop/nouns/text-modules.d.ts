/** A Python file imported as its text (`with { type: "text" }`). */
declare module "*.py" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: the text of a file has no other name
  export default text;
}
