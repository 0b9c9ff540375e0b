package io.winnow.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StrictYamlTest {
  enum Method {
    UNIFORM,
    MODERATE_OFFICIAL
  }

  record Prune(Method method, double ratio) {
    Prune {
      Check.that(
          ratio > 0 && ratio <= 1,
          "ratio: %s is not in (0, 1]. Write 0.2 to keep 20 %% of the images.",
          ratio);
    }
  }

  record Train(int epochs, long seed, boolean flip, @OrNull Double anneal) {
    Train {
      Check.that(epochs > 0, "epochs is %s, but must be positive", epochs);
      Check.that(seed != epochs, "seed and epochs are both %s", seed);
    }
  }

  record Eta(double value, boolean auto) {
    static Eta parse(String text) {
      if (text.equals("auto")) {
        return new Eta(0, true);
      }
      try {
        return new Eta(Double.parseDouble(text), false);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("\"" + text + "\"; expected auto or a number.", e);
      }
    }
  }

  record Reference(@OrNull Path path, Train train) {}

  record Recipe(
      String name,
      Prune prune,
      Train train,
      Eta eta,
      @OrNull Reference reference,
      List<String> metrics,
      Map<String, Integer> counts) {}

  private static final String DEFAULTS =
      """
      prune: {method: uniform, ratio: 0.5}
      train: {epochs: 10, seed: 0, flip: true}
      eta: auto
      # Null unless given; then with these values for what is left out.
      reference: !optional
        train: {epochs: 7, seed: 1, flip: false}
      metrics: []
      counts: {a: 1}
      """;

  @TempDir Path folder;

  private Path recipe(String yaml) throws IOException {
    return Files.writeString(folder.resolve("recipe.yaml"), yaml);
  }

  private Recipe read(String yaml, String... overrides) throws IOException {
    return StrictYaml.read(Recipe.class, DEFAULTS, recipe(yaml), List.of(overrides)).value();
  }

  private List<String> problems(String yaml, String... overrides) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> read(yaml, overrides));
    assertThat(e).isNotNull();
    return e.problems();
  }

  @Test
  void read_partOfTheKeys_takesTheRestFromTheDefaults() throws IOException {
    Recipe recipe = read("name: a\nprune:\n  method: moderate-official\n");
    assertThat(recipe.prune()).isEqualTo(new Prune(Method.MODERATE_OFFICIAL, 0.5));
    assertThat(recipe.train()).isEqualTo(new Train(10, 0, true, null));
    assertThat(recipe.eta().auto()).isTrue();
  }

  @Test
  void read_scalars_areParsedByTheComponentsType() throws IOException {
    Recipe recipe =
        read("name: no\ntrain: {epochs: 012, seed: 1e4, anneal: 1e-4}\nmetrics: [1.0, null-ish]\n");
    assertThat(recipe.name()).isEqualTo("no");
    assertThat(recipe.train()).isEqualTo(new Train(12, 10_000, true, 1e-4));
    assertThat(recipe.metrics()).containsExactly("1.0", "null-ish");
  }

  @Test
  void read_optionalSection_isNullUntilGivenAndThenHasItsDefaults() throws IOException {
    assertThat(read("name: a\n").reference()).isNull();
    assertThat(read("name: a\nreference: {}\n").reference())
        .isEqualTo(new Reference(null, new Train(7, 1, false, null)));
    assertThat(read("name: a\nreference: {train: {epochs: 3}}\n").reference().train())
        .isEqualTo(new Train(3, 1, false, null));
    assertThat(read("name: a\n", "reference.path=x/y").reference().path())
        .isEqualTo(Path.of("x/y"));
    assertThat(read("name: a\nreference: {}\n", "reference=null").reference()).isNull();
  }

  @Test
  void read_manyProblems_areReportedTogetherWithPlaceAndHint() {
    assertThat(
            problems(
                """
                name: a
                prune:
                  raito: 0.1
                  ratio: 1.4
                  method: moderate_official
                train:
                  epochs: abc
                  epochs: 2
                  flip: yes
                metrics: fid
                """))
        .containsExactly(
            "recipe.yaml:3 prune.raito: unknown key. Did you mean prune.ratio?",
            "recipe.yaml:5 prune.method: \"moderate_official\"; expected one of uniform,"
                + " moderate-official. Did you mean moderate-official?",
            "recipe.yaml:7 train.epochs: \"abc\"; expected a whole number.",
            "recipe.yaml:8 train.epochs: duplicate key, first given in line 7. Keep one of them.",
            "recipe.yaml:9 train.flip: \"yes\"; expected true or false.",
            "recipe.yaml:10 metrics: \"fid\"; expected a list, [a, b].");
  }

  @Test
  void read_validatorRefuses_pointsAtTheComponentOrTheSection() {
    assertThat(problems("name: a\nprune: {ratio: 1.4}\ntrain:\n  epochs: -1\n"))
        .containsExactly(
            "recipe.yaml:2 prune.ratio: 1.4 is not in (0, 1]. Write 0.2 to keep 20 % of the"
                + " images.",
            "recipe.yaml:4 train.epochs: epochs is -1, but must be positive");
    assertThat(problems("name: a\ntrain: {epochs: 5, seed: 5}\n"))
        .containsExactly("recipe.yaml:2 train.seed: seed and epochs are both 5");
  }

  @Test
  void read_missingKeyWithoutDefault_isNamed() {
    assertThat(problems("prune: {}\n"))
        .containsExactly("recipe.yaml:1 name: missing; expected text. Add the key.");
    assertThat(problems("name:\n")).containsExactly("recipe.yaml:1 name: no value; expected text.");
  }

  @Test
  void read_overrides_winAndAreNamedInProblems() throws IOException {
    assertThat(read("name: a\n", "prune.ratio=0.2", "metrics=[fid, kid]").metrics())
        .containsExactly("fid", "kid");
    assertThat(problems("name: a\n", "prune.raito=0.2", "train.epochs=0", "prune"))
        .containsExactlyInAnyOrder(
            "--set prune: no value; expected a key, \"=\" and a value, a.b=c.",
            "--set prune.raito: unknown key. Did you mean prune.ratio?",
            "--set train.epochs: epochs is 0, but must be positive");
  }

  @Test
  void read_notYaml_givesTheLine() {
    assertThat(problems("name: a\nprune: {ratio: 0.1\n").get(0)).startsWith("recipe.yaml:3: ");
    assertThat(problems("- a\n").get(0)).startsWith("recipe.yaml:1: one value");
    assertThat(problems("name: a\ncounts: &x {}\nprune: *x\n").get(0))
        .startsWith("recipe.yaml:")
        .contains("alias");
    assertThatThrownBy(
            () -> StrictYaml.read(Recipe.class, "", folder.resolve("none.yaml"), List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.yaml: no such file");
  }

  @Test
  void resolved_readAgainWithoutDefaults_givesTheSameRecord() throws IOException {
    Path file =
        recipe(
            """
            name: "a: b #\\n\\u00e9\\""
            reference: {path: "null"}
            metrics: ['', "~", x y]
            counts: {"b c": 2}
            """);
    StrictYaml.Resolved<Recipe> first =
        StrictYaml.read(Recipe.class, DEFAULTS, file, List.of("eta=0.5"));
    Path printed = Files.writeString(folder.resolve("resolved.yaml"), first.yaml());
    StrictYaml.Resolved<Recipe> second = StrictYaml.read(Recipe.class, "", printed, List.of());
    assertThat(second.value()).isEqualTo(first.value());
    assertThat(second.yaml()).isEqualTo(first.yaml());
    assertThat(second.sha256()).isEqualTo(first.sha256());
    assertThat(first.yaml()).contains("anneal: null").contains("epochs: 7");
  }

  @Test
  void where_valueOfTheFile_namesFileAndLine() throws IOException {
    StrictYaml.Resolved<Recipe> resolved =
        StrictYaml.read(
            Recipe.class, DEFAULTS, recipe("name: a\nprune:\n  ratio: 0.1\n"), List.of());
    assertThat(resolved.where("prune.ratio")).isEqualTo("recipe.yaml:3 prune.ratio");
    assertThat(resolved.where("prune.method")).isEqualTo("defaults.yaml:1 prune.method");
  }
}
