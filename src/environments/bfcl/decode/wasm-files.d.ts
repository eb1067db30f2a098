/** A file that the bundler leaves beside the code or puts into the executable; its path. */
declare module "*.wasm" {
  const path: string;
  // biome-ignore lint/style/noDefaultExport: the bundler gives a file as a default export
  export default path;
}
