using System.Text.Json.Serialization;
using GrokForge.Simulator.Control;

namespace GrokForge.Simulator;

/// <summary>JSON of the control endpoints.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
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
