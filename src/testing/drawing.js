// What stands for Grafana's drawings in tests: their sources are long, and the stand-in of react-inlinesvg looks for a name in them at every drawing.
module.exports = 'drawing';
