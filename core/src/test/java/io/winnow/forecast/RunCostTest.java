package io.winnow.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.Json;
import io.winnow.forecast.StageForecast.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunCostTest {
  private static final Rates NONE = new Rates(null, null);

  private static RunCost cost(Rates rates) {
    return RunCost.of(
        5,
        List.of(
            StageForecast.free("encode", State.DONE),
            StageForecast.of("train", new Work(10, 320), 1800, 700L, 40, rates),
            StageForecast.of("sample", new Work(20, 10), 5400, 900L, 2, rates)),
        rates);
  }

  @Test
  void stages_addUp_andTheirPeaksDoNot() {
    RunCost all = cost(NONE);
    assertThat(all.seconds()).isEqualTo(7200);
    assertThat(all.images()).isEqualTo(330);
    assertThat(all.diskBytes()).isEqualTo(42);
    assertThat(all.peakBytes()).isEqualTo(900);
    assertThat(all.trained()).isEqualTo(5);
  }

  @Test
  void rates_giveEnergyAndPrice() {
    RunCost all = cost(new Rates(2.5, 300.0));
    assertThat(all.price()).isEqualTo(5);
    assertThat(all.kilowattHours()).isEqualTo(0.6);
    assertThat(all.stages().get(1).price()).isEqualTo(1.25);
    assertThat(all.stages().get(1).kilowattHours()).isEqualTo(0.15);
  }

  @Test
  void whatIsNotGiven_isNotTold() {
    assertThat(cost(NONE).price()).isNull();
    assertThat(cost(NONE).kilowattHours()).isNull();
    assertThat(Json.string(cost(NONE))).doesNotContain("price").doesNotContain("kilowattHours");
    assertThat(Json.string(cost(new Rates(1.0, null))))
        .contains("\"price\"")
        .doesNotContain("kilowattHours");
  }

  @Test
  void stagesOfSeveralRuns_areOneByTheirNames() {
    Rates rates = new Rates(3600.0, null);
    RunCost all =
        RunCost.ofAll(
            0,
            List.of(
                StageForecast.of("encode", new Work(4, 100), 3, 500L, 7, rates),
                StageForecast.of("train", new Work(10, 320), 20, 700L, 40, rates),
                StageForecast.free("encode", State.STORED),
                StageForecast.of("train", new Work(5, 160), 10, 900L, 41, rates)),
            rates);
    assertThat(all.stages())
        .containsExactly(
            StageForecast.of("encode", new Work(4, 100), 3, 500L, 7, rates),
            StageForecast.of("train", new Work(15, 480), 30, 900L, 81, rates));
    assertThat(all.seconds()).isEqualTo(33);
    assertThat(all.price()).isEqualTo(33);
    assertThat(all.images()).isEqualTo(580);
    assertThatThrownBy(() -> all.stages().get(0).and(all.stages().get(1)))
        .hasMessage("encode and train: expected one stage.");
  }

  @Test
  void badRates_areRefused() {
    assertThatThrownBy(() -> new Rates(-1.0, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--rate: -1.0; expected 0 or more, the price of an hour, such as 2.5.");
    assertThatThrownBy(() -> new Rates(null, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("--watts: NaN; expected 0 or more");
  }
}
