package io.winnow.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sections that one key makes one record or another. */
class TaggedSectionTest {
  @TaggedBy("type")
  sealed interface Shape permits Circle, LongBox {}

  @Tag("circle")
  record Circle(double radius) implements Shape {
    Circle {
      Check.that(radius > 0, "radius is %s, but must be above 0.", radius);
    }
  }

  @Tag("long-box")
  record LongBox(int width, int height, @OrNull String label) implements Shape {}

  record Drawing(String name, Shape shape, List<Shape> more, @OrNull Shape frame) {}

  private static final String DEFAULTS =
      """
      name: d
      shape:
        type: circle
        radius: 2
      more: []
      """;

  @TempDir Path folder;

  private StrictYaml.Resolved<Drawing> read(String text, String... overrides) {
    try {
      Path file = Files.writeString(folder.resolve("r.yaml"), text);
      return StrictYaml.read(Drawing.class, DEFAULTS, file, List.of(overrides));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void section_isTheRecordOfItsTag() {
    assertThat(read("name: x\n").value().shape()).isEqualTo(new Circle(2));
    assertThat(read("shape: {radius: 3}\n").value().shape()).isEqualTo(new Circle(3));
    assertThat(read("more: [{type: long-box, width: 1, height: 2}]\n").value().more())
        .containsExactly(new LongBox(1, 2, null));
  }

  @Test
  void anotherKind_takesNoneOfTheDefaultsThatItDoesNotKnow() {
    var read = read("shape: {type: long-box, width: 1, height: 2}\n");
    assertThat(read.value().shape()).isEqualTo(new LongBox(1, 2, null));
    assertThat(read.yaml()).doesNotContain("radius");
  }

  @Test
  void printed_hasTheTagFirst_andIsReadAgain() {
    var read = read("more: [{type: circle, radius: 1}]\n", "shape.radius=4");
    assertThat(read.yaml())
        .isEqualTo(
            """
            name: d
            shape:
              type: circle
              radius: 4
            more:
              -
                type: circle
                radius: 1
            frame: null
            """);
    assertThat(read(read.yaml()).value()).isEqualTo(read.value());
  }

  @Test
  void unknownTag_isReported_withLineAndSuggestion() {
    assertThatThrownBy(() -> read("shape:\n  type: cirlce\n  radius: 1\n"))
        .hasMessage(
            "r.yaml:2 shape.type: \"cirlce\"; expected one of circle, long-box. Did you mean"
                + " circle?");
    assertThatThrownBy(() -> read("name: x\n", "shape.type=helicopter"))
        .hasMessage("--set shape.type: \"helicopter\"; expected one of circle, long-box.");
  }

  @Test
  void tag_thatIsMissingOrNoWord_isReported() {
    assertThatThrownBy(() -> read("frame:\n  radius: 1\n"))
        .hasMessage("r.yaml:2 frame.type: missing; expected one of circle, long-box. Add the key.");
    assertThatThrownBy(() -> read("shape: {type: null}\n"))
        .hasMessage("r.yaml:1 shape.type: no value; expected one of circle, long-box.");
    assertThatThrownBy(() -> read("shape: {type: [circle]}\n"))
        .hasMessage("r.yaml:1 shape.type: a list; expected one of circle, long-box.");
    assertThatThrownBy(() -> read("shape: circle\n"))
        .hasMessageStartingWith("r.yaml:1 shape: \"circle\"; expected a section");
  }

  @Test
  void keys_areThoseOfTheKind() {
    assertThatThrownBy(() -> read("shape: {radus: 1}\n"))
        .hasMessage("r.yaml:1 shape.radus: unknown key. Did you mean shape.radius?");
    assertThatThrownBy(() -> read("shape: {height: 1}\n"))
        .hasMessage("r.yaml:1 shape.height: unknown key. Known keys: type, radius.");
    assertThatThrownBy(() -> read("shape: {type: long-box, width: 1}\n"))
        .hasMessage("r.yaml:1 shape.height: missing; expected a whole number. Add the key.");
    assertThatThrownBy(() -> read("shape:\n  radius: 0\n"))
        .hasMessage("r.yaml:2 shape.radius: radius is 0.0, but must be above 0.");
  }
}
