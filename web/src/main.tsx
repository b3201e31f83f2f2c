import "../styles/base.css";
import { render } from "preact";

render(<p>Parlance</p>, document.getElementById("app")!);
