using GrokForge.Admin.Login;
using GrokForge.Admin.Store;
using GrokForge.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Admin.Audit;

/// <summary>Keeps what was done by whom, in the database and in the log, before it is done: what cannot be kept is not done.</summary>
internal sealed partial class AuditLog(IDbContextFactory<AdminStore> stores, TimeProvider time, ILogger<AuditLog> log)
{
    public async Task WriteAsync(HttpContext http, string action, string detail)
    {
        var entry = new AuditEntry
        {
            Id = UniqueId.New(),
            At = time.GetUtcNow(),
            Action = action,
            Caller = http.Features.Get<AdminCaller>()?.Kind ?? "",
            Address = http.Connection.RemoteIpAddress?.ToString() ?? "",
            Detail = detail.Length <= AuditEntry.LongestDetail ? detail : detail[..AuditEntry.LongestDetail],
        };
        await using var store = await stores.CreateDbContextAsync(http.RequestAborted);
        store.Audit.Add(entry);
        await store.SaveChangesAsync(http.RequestAborted);
        Log.Done(log, entry.Action, entry.Detail, entry.Caller, entry.Address);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Administration: {Action} ({Detail}) by {Caller} from {Address}.")]
        public static partial void Done(ILogger logger, string action, string detail, string caller, string address);
    }
}
