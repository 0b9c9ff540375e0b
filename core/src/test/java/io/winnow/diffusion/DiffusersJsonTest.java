package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffusersJsonTest {
  @TempDir Path home;

  private static DiffusersJson of(String json) {
    try {
      return new DiffusersJson("c.json", new JsonMapper().readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void values_areReadByTheirKind_absentOnesAreTheDefault() {
    DiffusersJson json =
        of(
            """
            {"i": 3, "n": 0.5, "b": true, "t": "x", "ts": ["a", "b"], "is": [1, 2],
             "ns": [1, 2.5], "none": null}
            """);
    assertThat(json.integer("i", 7)).isEqualTo(3);
    assertThat(json.integerOrNull("i")).isEqualTo(3);
    assertThat(json.integerOrNull("none")).isNull();
    assertThat(json.integerOrNull("absent")).isNull();
    assertThat(json.number("n", 7)).isEqualTo(0.5);
    assertThat(json.flag("b", false)).isTrue();
    assertThat(json.text("t", "")).isEqualTo("x");
    assertThat(json.texts("ts", List.of())).containsExactly("a", "b");
    assertThat(json.integers("is", List.of())).containsExactly(1, 2);
    assertThat(json.numbers("ns", List.of())).containsExactly(1.0, 2.5);
    assertThat(json.integer("absent", 7)).isEqualTo(7);
    assertThat(json.texts("absent", List.of("d"))).containsExactly("d");
    assertThat(json.has("none")).isTrue();
    assertThat(json.has("absent")).isFalse();
    assertThat(json.isNull("none")).isTrue();
    assertThat(json.isNull("i")).isFalse();
    assertThat(json.isList("is")).isTrue();
    assertThat(json.isList("i")).isFalse();
    assertThat(json.isList("absent")).isFalse();
    json.finish();
  }

  @Test
  void valuesOfAnotherKind_areRefusedTogether_byKey() {
    DiffusersJson json =
        of("{\"i\": 1.5, \"big\": 5000000000, \"ts\": [\"a\", 1], \"is\": [1.5, 1], \"ns\": 3}");
    json.integer("i", 7);
    json.integer("big", 8);
    json.texts("ts", List.of("d"));
    json.integers("is", List.of(9));
    json.numbers("ns", List.of(0.5));
    assertThatThrownBy(json::finish)
        .hasMessage(
            """
            c.json i: 1.5 does not fit; expected a value like 7
            c.json big: 5000000000 does not fit; expected a value like 8
            c.json ts: ["a",1] does not fit; expected a value like [d]
            c.json is: [1.5,1] does not fit; expected a value like [9]
            c.json ns: 3 does not fit; expected a value like [0.5]""");
    assertThatThrownBy(() -> of("[1]")).hasMessageContaining("c.json: not a JSON object");
  }

  @Test
  void only_takesTheSupportedValues_numbersByValue() {
    DiffusersJson json = of("{\"one\": 1.0, \"two\": 2, \"word\": \"w\"}");
    json.only("one", 1, 1);
    json.only("two", 0, 0, 2);
    json.only("word", "v", "v", "w");
    json.only("absent", "v", "v");
    json.finish();
    json.only("two", 1, 1, 3);
    json.only("word", 1, 1);
    json.only("absent", "v", "w");
    assertThatThrownBy(json::throwProblems)
        .hasMessage(
            """
            c.json two: 2 is not supported; expected 1 or 3
            c.json word: "w" is not supported; expected 1
            c.json absent: "v" is not supported; expected "w\"""");
  }

  @Test
  void file_isReadAndWritten_damagedOneIsNamed() throws Exception {
    Path file = home.resolve("config.json");
    SchedulerConfig config = SchedulerConfig.ddpm(ScheduleConfig.paper());
    Files.writeString(file, DiffusersJson.text(config.toJson()));
    assertThat(Files.readString(file)).startsWith("{\n").endsWith("}\n");
    assertThat(SchedulerConfig.fromJson(DiffusersJson.read(file))).isEqualTo(config);
    Files.writeString(file, "{\"a\": ");
    assertThatThrownBy(() -> DiffusersJson.read(file))
        .hasMessageContaining("config.json: not JSON");
    assertThatThrownBy(() -> DiffusersJson.read(home.resolve("none.json")))
        .hasMessageContaining("none.json");
  }

  @Test
  void scheduler_absentKeys_takeThePeersDefaults() {
    assertThat(SchedulerConfig.fromJson(of("{}")))
        .isEqualTo(
            new SchedulerConfig(
                false,
                new ScheduleConfig.Linear(1000, 1e-4, 0.02),
                Parameterization.EPS,
                SchedulerConfig.Variance.FIXED_SMALL,
                true,
                1,
                false,
                0.995,
                1,
                TimestepSpacing.LEADING,
                0,
                true));
  }

  @Test
  void scheduler_ofDdim_writesAlphaInsteadOfVariance() {
    SchedulerConfig ddim =
        SchedulerConfig.fromJson(
            of("{\"_class_name\": \"DDIMScheduler\", \"set_alpha_to_one\": false}"));
    assertThat(ddim.ddim()).isTrue();
    assertThat(ddim.setAlphaToOne()).isFalse();
    assertThat(ddim.toJson().has("variance_type")).isFalse();
    assertThat(ddim.toJson().get("set_alpha_to_one").booleanValue()).isFalse();
    assertThat(ddim.toJson().get("trained_betas").isNull()).isTrue();
    var ddpm = SchedulerConfig.ddpm(new ScheduleConfig.Cosine(10, 0.01, 0.9)).toJson();
    assertThat(ddpm.has("set_alpha_to_one")).isFalse();
    assertThat(ddpm.get("variance_type").textValue()).isEqualTo("fixed_large");
    assertThat(ddpm.get("trained_betas").size()).isEqualTo(10);
  }

  @Test
  void scheduler_everyUnsupportedValue_isRefused() {
    for (String pair :
        List.of(
            "\"prediction_type\": \"flow_prediction\"",
            "\"rescale_betas_zero_snr\": true",
            "\"variance_type\": \"learned\"",
            "\"timestep_spacing\": \"karras\"",
            "\"beta_schedule\": \"sigmoid\"",
            "\"steps_offset\": \"one\"")) {
      assertThatThrownBy(() -> SchedulerConfig.fromJson(of("{" + pair + "}")))
          .as(pair)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
