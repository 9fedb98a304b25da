using System.Text.Json;
using System.Text.Json.Serialization;
using GrokForge.Simulator.Control;
using GrokForge.Simulator.GrokWeb.Quota;
using GrokForge.Simulator.Records;

namespace GrokForge.Simulator;

/// <summary>JSON of the control endpoints.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(SurfaceNames), typeof(TierNames)],
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ScriptCommand))]
[JsonSerializable(typeof(QuotaCommand))]
[JsonSerializable(typeof(RequestView[]))]
[JsonSerializable(typeof(StatsView))]
[JsonSerializable(typeof(ViolationView[]))]
[JsonSerializable(typeof(GateView[]))]
internal sealed partial class SimulatorJson : JsonSerializerContext;

/// <summary>Writes surfaces as chat, quota, upload.</summary>
internal sealed class SurfaceNames() : JsonStringEnumConverter<Surface>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

/// <summary>Writes tiers as basic, super, heavy.</summary>
internal sealed class TierNames() : JsonStringEnumConverter<Tier>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
