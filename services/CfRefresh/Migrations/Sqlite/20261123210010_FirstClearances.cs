using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.CfRefresh.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class FirstClearances : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "clearance_clearances",
                columns: table => new
                {
                    egress = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    site = table.Column<string>(type: "TEXT", nullable: false),
                    attempts = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    cookies = table.Column<byte[]>(type: "BLOB", nullable: false),
                    user_agent = table.Column<string>(type: "TEXT", nullable: false),
                    browser = table.Column<string>(type: "TEXT", nullable: false),
                    solved_at = table.Column<long>(type: "INTEGER", nullable: false),
                    failed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    error = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    failures = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_clearance_clearances", x => x.egress);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "clearance_clearances");
        }
    }
}
