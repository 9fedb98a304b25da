using GrokForge.Contracts.Clearance;

namespace GrokForge.CfRefresh.Clearance;

/// <summary>The RPC door of clearances; every call answers UNIMPLEMENTED until solving exists.</summary>
internal sealed class ClearancesRpc : Clearances.ClearancesBase;
