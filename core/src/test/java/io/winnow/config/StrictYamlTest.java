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

  private Path file(String name, String yaml) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, yaml);
  }

  private StrictYaml.Resolved<Recipe> extended(Path file, String... overrides) {
    return StrictYaml.read(Recipe.class, DEFAULTS, file, List.of(overrides));
  }

  private List<String> refusals(Path file, String... overrides) {
    return catchThrowableOfType(ConfigException.class, () -> extended(file, overrides)).problems();
  }

  @Test
  void extends_chain_upperFileWinsKeyByKey_andListsAreReplaced() throws IOException {
    file(
        "base.yaml",
        """
        name: base
        prune: {method: moderate-official, ratio: 0.1}
        train: {epochs: 3, seed: 5, anneal: 0.5}
        metrics: [fid, kid]
        counts: {b: 2}
        """);
    file("sub/middle.yaml", "extends: ../base.yaml\nname: middle\ntrain: {epochs: 4}\n");
    Path top =
        file(
            "sub/top.yaml",
            """
            extends: middle.yaml
            name: top
            prune: {ratio: 0.2}
            train: {anneal: null}
            metrics: [kid]
            counts: {c: 3}
            """);
    Recipe recipe = extended(top, "train.seed=6").value();
    assertThat(recipe)
        .isEqualTo(
            new Recipe(
                "top",
                new Prune(Method.MODERATE_OFFICIAL, 0.2),
                new Train(4, 6, true, null),
                Eta.parse("auto"),
                null,
                List.of("kid"),
                Map.of("a", 1, "b", 2, "c", 3)));
  }

  @Test
  void extends_resolved_isTheSameAsTheSameRecipeWrittenOut() throws IOException {
    file("base.yaml", "name: base\ntrain: {epochs: 3}\nreference: {train: {seed: 9}}\n");
    Path top = file("top.yaml", "extends: base.yaml\nname: a\ntrain: {seed: 4}\n");
    Path whole = recipe("name: a\nreference: {train: {seed: 9}}\ntrain: {seed: 4, epochs: 3}\n");
    StrictYaml.Resolved<Recipe> resolved = extended(top);
    assertThat(resolved.yaml()).isEqualTo(extended(whole).yaml()).doesNotContain("extends");
    assertThat(resolved.sha256()).isEqualTo(extended(whole).sha256());
    assertThat(resolved.value()).isEqualTo(extended(whole).value());
  }

  @Test
  void extends_problems_nameTheFileAndLineWhereTheValueStands() throws IOException {
    file("base.yaml", "name: base\nprune:\n  raito: 0.1\n  ratio: 1.4\ntrain: {seed: 7}\n");
    Path top = file("sub/top.yaml", "extends: ../base.yaml\n\ntrain: {epochs: 7}\nmetrics: 5\n");
    assertThat(refusals(top, "counts.a=x"))
        .containsExactly(
            "--set counts.a: \"x\"; expected a whole number.",
            "../base.yaml:3 prune.raito: unknown key. Did you mean prune.ratio?",
            "../base.yaml:4 prune.ratio: 1.4 is not in (0, 1]. Write 0.2 to keep 20 % of the"
                + " images.",
            "../base.yaml:5 train.seed: seed and epochs are both 7",
            "top.yaml:4 metrics: \"5\"; expected a list, [a, b].");
    file("base.yaml", "name: base\nprune:\n  ratio: 0.4\n");
    Path good = file("sub/good.yaml", "extends: ../base.yaml\ntrain:\n  epochs: 7\n");
    StrictYaml.Resolved<Recipe> resolved = extended(good, "eta=2");
    assertThat(resolved.where("prune.ratio")).isEqualTo("../base.yaml:3 prune.ratio");
    assertThat(resolved.where("train.epochs")).isEqualTo("good.yaml:3 train.epochs");
    assertThat(resolved.where("train.seed")).isEqualTo("defaults.yaml:2 train.seed");
    assertThat(resolved.where("eta")).isEqualTo("--set eta");
  }

  @Test
  void extends_circle_isRefusedWithItsFiles() throws IOException {
    Path a = file("a.yaml", "name: a\nextends: b.yaml\n");
    file("b.yaml", "extends: c.yaml\n");
    file("c.yaml", "\nextends: b.yaml\n");
    assertThat(refusals(a))
        .containsExactly(
            "c.yaml:2 extends: a circle (b.yaml -> c.yaml -> b.yaml); expected a chain of recipes"
                + " that ends.");
    Path self = file("self.yaml", "extends: ./self.yaml\nname: a\n");
    assertThat(refusals(self).get(0)).contains("a circle (self.yaml -> self.yaml)");
  }

  @Test
  void extends_noFileToStandOn_saysWhatIsThere() throws IOException {
    assertThat(refusals(file("a.yaml", "name: a\nextends: none.yaml\n")))
        .containsExactly("a.yaml:2 extends: none.yaml: no such file; expected a recipe.");
    assertThat(refusals(file("a.yaml", "extends: .\n")))
        .containsExactly("a.yaml:1 extends: .: a folder; expected a recipe, a YAML file.");
    assertThat(refusals(file("a.yaml", "extends: [b.yaml]\n")))
        .containsExactly(
            "a.yaml:1 extends: not the name of a file; expected one recipe, such as base.yaml.");
    assertThat(refusals(file("a.yaml", "extends:\n"))).hasSize(1);
    file("broken.yaml", "name: a\nprune: {ratio: 0.1\n");
    assertThat(refusals(file("a.yaml", "extends: broken.yaml\n")).get(0))
        .startsWith("broken.yaml:3: ");
    Path whole = file("a.yaml", "name: a\n");
    assertThat(refusals(whole, "extends=broken.yaml").get(0)).contains("extends: unknown key");
    assertThat(refusals(file("a.yaml", "name: a\nprune: {extends: b.yaml}\n")).get(0))
        .startsWith("a.yaml:2 prune.extends: unknown key");
  }

  @Test
  void extends_inAnotherFolder_isRelativeToTheFileItStandsIn() throws IOException {
    file("a/base.yaml", "name: right\n");
    file("base.yaml", "name: wrong\n");
    file("a/middle.yaml", "extends: base.yaml\n");
    assertThat(extended(file("top.yaml", "extends: a/middle.yaml\n")).value().name())
        .isEqualTo("right");
  }

  @Test
  void read_numbersOutOfRange_areRefused_andUnderscoresSeparateDigits() throws IOException {
    assertThat(read("name: a\ntrain: {seed: 1_000_000}\n").train().seed()).isEqualTo(1_000_000);
    assertThat(problems("name: a\ntrain: {epochs: 4294967297, anneal: 1e999}\n"))
        .containsExactly(
            "recipe.yaml:2 train.epochs: \"4294967297\"; expected a whole number.",
            "recipe.yaml:2 train.anneal: \"1e999\"; expected a number.");
  }

  @Test
  void read_tooManyLevels_areRefused_andATildeIsNull() throws IOException {
    assertThat(problems("name: a\nmetrics: " + "[".repeat(60) + "]".repeat(60) + "\n").get(0))
        .contains("more than 50 levels");
    assertThat(read("name: a\ntrain: {anneal: ~}\n").train().anneal()).isNull();
  }

  @Test
  void resolved_backslashesAndListItems_keepTextAndPlace() throws IOException {
    Path file = recipe("name: 'a\\b'\nmetrics:\n  - fid\n  - kid\n");
    StrictYaml.Resolved<Recipe> resolved = extended(file);
    assertThat(resolved.where("metrics[1]")).isEqualTo("recipe.yaml:4 metrics[1]");
    Path printed = Files.writeString(folder.resolve("printed.yaml"), resolved.yaml());
    assertThat(StrictYaml.read(Recipe.class, "", printed, List.of()).value().name())
        .isEqualTo("a\\b");
  }
}
