/** Gives every element a box for the tests of a file: jsdom has none, and the list of a combobox is as long as its box is high. */
export function giveBoxes(): void {
  const box = { x: 0, y: 0, top: 0, left: 0, bottom: 200, right: 200, width: 200, height: 200, toJSON: () => '' };
  beforeAll(() => {
    jest.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue(box);
    jest.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(box.height);
    jest.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(box.width);
  });
  afterAll(() => jest.restoreAllMocks());
}
